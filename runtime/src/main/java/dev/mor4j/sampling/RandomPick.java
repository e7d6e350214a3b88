package dev.mor4j.sampling;

import java.util.random.RandomGenerator;

/** Draws a token from the softmax of the logits. */
record RandomPick(RandomGenerator random) implements TokenPick {
  @Override
  public int pick(Candidates candidates) {
    return candidates.id(draw(candidates, random));
  }

  /** Draws a candidate and returns its index. */
  static int draw(Candidates candidates, RandomGenerator random) {
    double max = candidates.maxLogit();
    double rest = random.nextDouble() * candidates.weightSum(max);
    int picked = 0;
    for (int i = 0; i < candidates.size(); i++) {
      double weight = candidates.weight(i, max);
      if (weight > 0) {
        picked = i; // if rounding leaves a rest, the last possible token is drawn
        rest -= weight;
        if (rest < 0) {
          break;
        }
      }
    }
    return picked;
  }
}
