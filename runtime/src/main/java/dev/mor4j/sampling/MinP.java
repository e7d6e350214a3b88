package dev.mor4j.sampling;

/** Keeps tokens that are at least {@code share} times as likely as the most likely one. */
record MinP(float share) implements SamplingRule {
  @Override
  public void apply(Candidates candidates, TokenHistory history) {
    // A ratio of probabilities is a difference of logits; the softmax can wait.
    candidates.keepFrom(candidates.maxLogit() + StrictMath.log(share));
  }

  @Override
  public boolean keepsLikeliest() {
    return true;
  }
}
