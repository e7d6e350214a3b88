package dev.mor4j.sampling;

import java.util.BitSet;

/**
 * Locally typical sampling (Meister et al. 2022, arXiv 2202.00666): keeps the tokens whose
 * surprisal is nearest to the entropy until their cumulative probability exceeds {@code mass}. This
 * can remove the most likely token.
 */
final class TypicalP implements SamplingRule {

  private static final int FIRST_ORDERED = 256;

  private final float mass;
  // Candidates sorted by distance from the entropy; its ids are indices into the candidates.
  private final Candidates byNearness = new Candidates();
  private final BitSet kept = new BitSet();
  private float[] nearness = {};

  TypicalP(float mass) {
    this.mass = mass;
  }

  @Override
  public void apply(Candidates candidates, TokenHistory history) {
    double max = candidates.maxLogit();
    double sum = candidates.weightSum(max);
    rank(candidates, max + StrictMath.log(sum), candidates.entropy(max, sum));
    double wanted = mass * sum;
    double reached = 0;
    int front = FIRST_ORDERED;
    byNearness.order(front);
    kept.clear();
    for (int i = 0; i < candidates.size() && (i == 0 || reached <= wanted); i++) {
      if (i == front) {
        front *= 4;
        byNearness.order(front);
      }
      kept.set(byNearness.id(i));
      reached += candidates.weight(byNearness.id(i), max);
    }
    candidates.keep(kept);
  }

  private void rank(Candidates candidates, double logSumExp, double entropy) {
    if (nearness.length < candidates.size()) {
      nearness = new float[candidates.size()];
    }
    for (int i = 0; i < candidates.size(); i++) {
      double surprise = logSumExp - candidates.logit(i);
      nearness[i] = (float) -Math.abs(surprise - entropy);
    }
    byNearness.load(nearness, 0, candidates.size());
  }
}
