package dev.mor4j.sampling;

/**
 * Divides the logits: below 1 the likely tokens gain, above 1 the others; 0 keeps the likeliest.
 */
record Temperature(float value) implements SamplingRule {
  @Override
  public void apply(Candidates candidates, TokenHistory history) {
    apply(candidates, value);
  }

  static void apply(Candidates candidates, double value) {
    if (value > 0) {
      candidates.scaleFrom(candidates.maxLogit(), 1 / value);
    } else {
      candidates.keepLikeliest();
    }
  }
}
