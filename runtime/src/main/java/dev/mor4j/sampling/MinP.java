package dev.mor4j.sampling;

/** Keeps tokens with at least {@code share} of the most likely token's probability. */
record MinP(float share) implements LikeliestKeeping {
  @Override
  public void apply(Candidates candidates, TokenHistory history) {
    // A ratio of probabilities is a difference of logits, so no softmax is needed.
    candidates.keepFrom(candidates.maxLogit() + StrictMath.log(share));
  }
}
