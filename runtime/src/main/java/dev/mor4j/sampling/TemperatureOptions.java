package dev.mor4j.sampling;

/**
 * Temperature, fixed or dynamic.
 *
 * @param value divides the logits; 0 always picks the most likely token
 * @param range dynamic temperature: largest deviation from {@code value}; 0 keeps it fixed
 * @param exponent dynamic temperature: exponent of the entropy divided by its maximum
 */
public record TemperatureOptions(float value, float range, float exponent) {

  public TemperatureOptions {
    Range.ZERO_OR_MORE.check("temperature", value);
    Range.ZERO_OR_MORE.check("dynatemp-range", range);
    Range.ZERO_OR_MORE.check("dynatemp-exp", exponent);
  }
}
