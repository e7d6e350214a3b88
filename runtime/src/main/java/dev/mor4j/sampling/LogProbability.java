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
    return (float) (logits[token] - logSumExp(logits, 0, logits.length));
  }

  /**
   * What to subtract from logits for natural logarithms of softmax probabilities.
   *
   * @param logits rows of logits, finite or negative infinity, not kept
   * @param from where the row begins
   * @param count tokens of the vocabulary
   */
  public static double logSumExp(float[] logits, int from, int count) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = from; i < from + count; i++) {
      max = Math.max(max, logits[i]);
    }
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += Math.exp(logits[i] - max);
    }
    return max + Math.log(sum);
  }
}
