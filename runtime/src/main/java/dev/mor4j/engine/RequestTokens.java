package dev.mor4j.engine;

import dev.mor4j.model.InvalidConfigException;
import java.io.IOException;
import java.util.List;

/** Turns the text or the token ids of a request into tokens that fit the model and the context. */
final class RequestTokens {
  private final Model model;
  private final int contextSize;

  RequestTokens(Model model, int contextSize) {
    this.model = model;
    this.contextSize = contextSize;
  }

  /**
   * The tokens of a text or of a list of ids, whichever is not empty.
   *
   * @param what names the tokens in messages
   * @throws InvalidConfigException if there are more than the context has positions, or an id is
   *     not in the vocabulary
   * @throws EngineException if a text is given and the model has no usable tokenizer
   */
  int[] of(String what, String text, List<Integer> ids) {
    return ids.isEmpty()
        ? encoded(what, text)
        : checked(what, ids.stream().mapToInt(Integer::intValue).toArray());
  }

  /** The tokens of a text; parameters and exceptions as in {@link #of}. */
  int[] encoded(String what, String text) {
    try {
      return checked(what, model.encode(text));
    } catch (IOException failure) {
      throw new EngineException(String.valueOf(failure.getMessage()), failure);
    }
  }

  /** Returns the tokens after checking them; parameters and exceptions as in {@link #of}. */
  int[] checked(String what, int[] tokens) {
    if (tokens.length > contextSize) {
      throw new InvalidConfigException(
          what,
          "at most %s tokens (the engine's context size)".formatted(contextSize),
          tokens.length + " tokens");
    }
    int vocabulary = model.config().vocabularySize();
    for (int token : tokens) {
      if (token < 0 || token >= vocabulary) {
        throw new InvalidConfigException(
            what, "token ids 0.." + (vocabulary - 1), String.valueOf(token));
      }
    }
    return tokens;
  }
}
