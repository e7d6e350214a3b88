package dev.mor4j.sampling;

import java.util.random.RandomGenerator;

/** Draws a token with the probability that the softmax of the logits gives it. */
record RandomPick(RandomGenerator random) implements TokenPick {
  @Override
  public int pick(Candidates candidates) {
    return candidates.id(draw(candidates, random));
  }

  /** The index of a candidate drawn. */
  static int draw(Candidates candidates, RandomGenerator random) {
    double max = candidates.maxLogit();
    double rest = random.nextDouble() * candidates.weightSum(max);
    int picked = 0;
    for (int i = 0; i < candidates.size(); i++) {
      double weight = candidates.weight(i, max);
      if (weight > 0) {
        picked = i; // if rounding lets the sum fall short, the last possible token is it
        rest -= weight;
        if (rest < 0) {
          break;
        }
      }
    }
    return picked;
  }
}
