package dev.mor4j.sampling;

/**
 * Dynamic temperature: rises from {@code value - range} to {@code value + range} with the entropy
 * of the candidates, divided by the maximum entropy and raised to the power {@code exponent}.
 */
record DynamicTemperature(TemperatureOptions options) implements SamplingRule {
  @Override
  public void apply(Candidates candidates, TokenHistory history) {
    if (candidates.size() < 2) {
      return;
    }
    double max = candidates.maxLogit();
    double entropy = candidates.entropy(max, candidates.weightSum(max));
    double share = Math.max(0, entropy / StrictMath.log(candidates.size()));
    double low = Math.max(0, (double) options.value() - options.range());
    double high = (double) options.value() + options.range();
    Temperature.apply(candidates, low + (high - low) * StrictMath.pow(share, options.exponent()));
  }
}
