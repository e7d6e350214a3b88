package dev.mor4j.sampling;

/**
 * How far likely tokens are preferred.
 *
 * @param value divides the logits; 0 takes the most likely token
 * @param range the temperature moves this far below and above {@code value}, with the model's
 *     uncertainty; 0 keeps it where it is
 * @param exponent of the uncertainty's share of the largest possible, if there is a range
 */
public record TemperatureOptions(float value, float range, float exponent) {

  public TemperatureOptions {
    Range.ZERO_OR_MORE.check("temperature", value);
    Range.ZERO_OR_MORE.check("dynatemp-range", range);
    Range.ZERO_OR_MORE.check("dynatemp-exp", exponent);
  }
}
