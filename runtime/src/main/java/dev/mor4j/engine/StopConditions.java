package dev.mor4j.engine;

import dev.mor4j.model.InvalidConfigException;
import java.util.List;
import java.util.Set;

/**
 * Conditions that end a text in addition to the model's end-of-text tokens.
 *
 * @param texts strings, none of them empty; the text ends before the first occurrence of one
 * @param tokens token ids; the text ends before the first of them
 */
public record StopConditions(List<String> texts, Set<Integer> tokens) {

  /** No conditions. */
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

  /** Whether a token is one of the stop tokens. */
  boolean contains(int token) {
    return !tokens.isEmpty() && tokens.contains(token);
  }
}
