package dev.mor4j.sampling;

import java.util.ArrayList;
import java.util.List;

/** Log-probabilities that the model assigned to tokens, before any sampling rule. */
public final class LogProbability {

  private LogProbability() {}

  /**
   * The most likely tokens in descending order; equally likely ones in ascending order of their
   * ids.
   *
   * @param logits rows of logits, finite or negative infinity; not kept
   * @param offset index of the first logit of the row
   * @param length size of the vocabulary
   * @param count number of tokens wanted; a smaller vocabulary gives fewer
   * @param logSumExp logarithm of the sum of e^logit over the row
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
}
