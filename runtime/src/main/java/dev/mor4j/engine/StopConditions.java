package dev.mor4j.engine;

import dev.mor4j.model.InvalidConfigException;
import java.util.List;
import java.util.Set;

/**
 * What ends a text before the model does.
 *
 * @param texts the text ends before the first of these strings that is written, none of them empty
 * @param tokens the text ends before the first of these token ids
 */
public record StopConditions(List<String> texts, Set<Integer> tokens) {

  /** Only the model ends the text. */
  public static final StopConditions NONE = new StopConditions(List.of(), Set.of());

  public StopConditions {
    texts = List.copyOf(texts);
    tokens = Set.copyOf(tokens);
    if (texts.contains("")) {
      throw new InvalidConfigException("stop string", "some text", "none");
    }
    for (int token : tokens) {
      if (token < 0) {
        throw new InvalidConfigException(
            "stop token", "a token id of 0 or more", String.valueOf(token));
      }
    }
  }

  /** Whether a token ends the text. */
  boolean contains(int token) {
    return !tokens.isEmpty() && tokens.contains(token);
  }
}
