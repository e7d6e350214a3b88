package dev.mor4j.sampling;

import java.util.BitSet;

/**
 * Makes tokens that came lately less likely (Keskar et al. 2019, arXiv 1909.05858, section 4.1):
 * divides their logits if positive and multiplies them if negative, once however often they came.
 */
final class RepetitionPenalty implements SamplingRule {

  private final float penalty;
  private final int lastN;
  private final BitSet penalized = new BitSet();

  /**
   * @param lastN how many tokens back count; -1 for all
   */
  RepetitionPenalty(float penalty, int lastN) {
    this.penalty = penalty;
    this.lastN = lastN;
  }

  @Override
  public void apply(Candidates candidates, TokenHistory history) {
    int start = lastN < 0 ? 0 : Math.max(0, history.size() - lastN);
    penalized.clear();
    for (int position = start; position < history.size(); position++) {
      int index = candidates.indexOf(history.get(position));
      if (index >= 0 && !penalized.get(index)) {
        penalized.set(index);
        candidates.setLogit(index, penalize(candidates.logit(index)));
      }
    }
  }

  private float penalize(float logit) {
    // An extreme penalty must not make an infinity, of which no distribution can be made.
    return logit > 0
        ? Math.min(logit / penalty, Float.MAX_VALUE)
        : logit == Float.NEGATIVE_INFINITY ? logit : Math.max(logit * penalty, -Float.MAX_VALUE);
  }
}
