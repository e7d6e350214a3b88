package dev.mor4j.engine;

import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.RoutingMode;
import java.util.Arrays;

/**
 * A request to evaluate one sequence: its logits, recursion depths and router scores.
 *
 * @param tokens token ids, at least one
 * @param routing how each token's recursion depth is chosen
 * @param chunkSize maximum number of tokens that are computed together; 0 for as many as fit a
 *     batch
 */
public record EvaluationRequest(int[] tokens, RoutingMode routing, int chunkSize) {
  public EvaluationRequest {
    tokens = tokens.clone();
    if (tokens.length == 0) {
      throw new InvalidConfigException("tokens", "at least one", "none");
    }
    if (chunkSize < 0) {
      throw new InvalidConfigException("chunk size", "0 or more", String.valueOf(chunkSize));
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
