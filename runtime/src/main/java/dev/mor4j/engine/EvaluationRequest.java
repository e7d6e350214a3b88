package dev.mor4j.engine;

import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.RoutingMode;
import java.util.Arrays;

/**
 * One sequence to take through the model, for its numbers.
 *
 * @param tokens ids, at least one
 * @param routing how tokens get their depth
 * @param chunkSize tokens that enter at a time, through the cache; 0 for as many as the engine
 *     takes
 */
public record EvaluationRequest(int[] tokens, RoutingMode routing, int chunkSize) {
  public EvaluationRequest {
    tokens = tokens.clone();
    if (tokens.length == 0) {
      throw new InvalidConfigException("tokens", "at least one", "none");
    }
    if (chunkSize < 0) {
      throw new InvalidConfigException("ubatch", "1 or more", String.valueOf(chunkSize));
    }
  }

  @Override
  public int[] tokens() {
    return tokens.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EvaluationRequest that
        && Arrays.equals(tokens, that.tokens)
        && routing.equals(that.routing)
        && chunkSize == that.chunkSize;
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(tokens) * 31 + chunkSize;
  }
}
