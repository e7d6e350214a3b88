package dev.mor4j.sampling;

import java.util.ArrayList;
import java.util.List;

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
   * The most likely tokens, in order; of equally likely ones the lowest id first.
   *
   * @param logits rows of logits, finite or negative infinity, not kept
   * @param offset where the row begins
   * @param length tokens of the vocabulary
   * @param count how many; fewer come if the vocabulary is smaller
   * @param logSumExp of the row's logits
   */
  public static List<TokenLogProbability> top(
      float[] logits, int offset, int length, int count, double logSumExp) {
    if (count < 1) {
      return List.of();
    }
    int[] best = new int[Math.min(count, length)];
    int found = 0;
    for (int token = 0; token < length; token++) {
      float logit = logits[offset + token];
      if (found == best.length && logit <= logits[offset + best[found - 1]]) {
        continue;
      }
      int place = found < best.length ? found++ : found - 1;
      while (place > 0 && logits[offset + best[place - 1]] < logit) {
        best[place] = best[place - 1];
        place--;
      }
      best[place] = token;
    }
    List<TokenLogProbability> top = new ArrayList<>(found);
    for (int token : best) {
      top.add(new TokenLogProbability(token, (float) (logits[offset + token] - logSumExp)));
    }
    return List.copyOf(top);
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
