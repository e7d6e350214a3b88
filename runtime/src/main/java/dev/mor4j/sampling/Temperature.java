package dev.mor4j.sampling;

/** Divides the logits: below 1 the likely tokens gain, above 1 the others. */
record Temperature(float value) implements SamplingRule {
  @Override
  public void apply(Candidates candidates, TokenHistory history) {
    candidates.scaleFrom(candidates.maxLogit(), 1.0 / value);
  }
}
