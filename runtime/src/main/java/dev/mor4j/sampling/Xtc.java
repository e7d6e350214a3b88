package dev.mor4j.sampling;

import java.util.BitSet;
import java.util.random.RandomGenerator;

/**
 * XTC ("exclude top choices") as in llama.cpp: with a given probability, removes all tokens above a
 * probability threshold except the least likely of them.
 */
final class Xtc implements SamplingRule {

  private final XtcOptions options;
  private final RandomGenerator random;
  private final BitSet kept = new BitSet();

  Xtc(XtcOptions options, RandomGenerator random) {
    this.options = options;
    this.random = random;
  }

  @Override
  public void apply(Candidates candidates, TokenHistory history) {
    if (candidates.size() < 2 || random.nextDouble() >= options.probability()) {
      return;
    }
    double max = candidates.maxLogit();
    double least = options.threshold() * candidates.weightSum(max);
    int last = -1;
    kept.clear();
    for (int i = 0; i < candidates.size(); i++) {
      double weight = candidates.weight(i, max);
      if (weight < least || weight == 0) { // an excluded token must not be the only one left
        kept.set(i);
      } else if (last < 0 || candidates.precedes(last, i)) {
        last = i;
      }
    }
    if (last >= 0) {
      kept.set(last);
      candidates.keep(kept);
    }
  }
}
