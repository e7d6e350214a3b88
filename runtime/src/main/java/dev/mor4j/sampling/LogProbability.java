package dev.mor4j.sampling;

/** How likely the model itself held a token, before any sampling rule. */
public final class LogProbability {

  private LogProbability() {}

  /**
   * The natural logarithm of a token's softmax probability.
   *
   * @param logits one per token of the vocabulary, finite or negative infinity, not kept
   * @param token an id in range
   */
  public static float of(float[] logits, int token) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return (float) (logits[token] - max - Math.log(sum));
  }
}
