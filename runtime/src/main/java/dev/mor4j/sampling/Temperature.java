package dev.mor4j.sampling;

/**
 * Divides the logits by the temperature: below 1 sharpens the distribution, above 1 flattens it, 0
 * keeps the most likely token only.
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
