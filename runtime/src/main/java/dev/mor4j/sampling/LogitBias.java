package dev.mor4j.sampling;

import java.util.Map;
import java.util.TreeMap;

/** Adds a bias to the logits of some tokens; negative infinity excludes a token. */
final class LogitBias implements SamplingRule {

  private final int[] tokens;
  private final float[] biases;

  LogitBias(Map<Integer, Float> biasByToken) {
    tokens = new int[biasByToken.size()];
    biases = new float[tokens.length];
    int i = 0;
    for (Map.Entry<Integer, Float> entry : new TreeMap<>(biasByToken).entrySet()) {
      tokens[i] = entry.getKey();
      biases[i++] = entry.getValue();
    }
  }

  /** Runs first in the chain, so candidate i is token i. */
  @Override
  public void apply(Candidates candidates, TokenHistory history) {
    for (int i = 0; i < tokens.length; i++) {
      if (tokens[i] >= candidates.size()) {
        throw new IllegalArgumentException(
            "logit-bias: expected token ids 0..%s, found %s"
                .formatted(candidates.size() - 1, tokens[i]));
      }
      float logit = candidates.logit(tokens[i]);
      candidates.setLogit(
          tokens[i],
          biases[i] == Float.NEGATIVE_INFINITY
              ? biases[i]
              : Candidates.changed(logit, (double) logit + biases[i]));
    }
    if (!candidates.isAnyPossible()) {
      throw new IllegalArgumentException(
          "logit-bias: expected at least one token that is not excluded, found none");
    }
  }
}
