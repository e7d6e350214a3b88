package dev.mor4j.sampling;

import java.util.random.RandomGenerator;

/**
 * Mirostat 2 (Basu et al. 2021, arXiv 2007.14966): draws among the tokens whose surprisal is below
 * a limit, then adjusts the limit so that the mean surprisal approaches the target. The limit is
 * state of one sequence.
 */
final class MirostatPick implements TokenPick {

  private static final double LN_2 = 0.6931471805599453;

  private final MirostatOptions options;
  private final RandomGenerator random;
  // Largest surprisal that is drawn from, in bits.
  private double limit;

  MirostatPick(MirostatOptions options, RandomGenerator random) {
    this.options = options;
    this.random = random;
    limit = 2.0 * options.targetEntropy();
  }

  double limit() {
    return limit;
  }

  @Override
  public int pick(Candidates candidates) {
    cut(candidates);
    int picked = RandomPick.draw(candidates, random);
    double max = candidates.maxLogit();
    double share = candidates.weight(picked, max) / candidates.weightSum(max);
    double surprise = -StrictMath.log(share) / LN_2;
    limit -= options.learningRate() * (surprise - options.targetEntropy());
    return candidates.id(picked);
  }

  /** Removes candidates whose surprisal exceeds the limit, but never the most likely one. */
  private void cut(Candidates candidates) {
    double max = candidates.maxLogit();
    double leastSurprise = StrictMath.log(candidates.weightSum(max));
    if (limit * LN_2 < leastSurprise) {
      candidates.keepLikeliest();
    } else {
      candidates.keepFrom(max - (limit * LN_2 - leastSurprise));
    }
  }
}
