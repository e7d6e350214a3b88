package dev.mor4j.sampling;

/**
 * A temperature between {@code value - range} and {@code value + range}: low where the model is
 * sure, high where it is not. Entropy's share of the largest possible, to the power {@code
 * exponent}, says how high.
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
