package dev.mor4j.sampling;

import java.util.List;

/**
 * DRY: penalties on tokens that would continue a repetition.
 *
 * @param multiplier the penalty at the allowed length, subtracted from the logit; 0 disables DRY
 * @param base factor by which the penalty grows with each further repeated token
 * @param allowedLength repetitions of fewer tokens are not penalized
 * @param lastN number of recent tokens that are searched for repetitions; 0 for none, -1 for all
 * @param breakers texts that end a repetition
 */
public record DryOptions(
    float multiplier, float base, int allowedLength, int lastN, List<String> breakers) {

  public DryOptions {
    breakers = List.copyOf(breakers);
    Range.ZERO_OR_MORE.check("dry-multiplier", multiplier);
    Range.ONE_OR_MORE.check("dry-base", base);
    Range.ZERO_OR_MORE.check("dry-allowed-length", allowedLength);
    Range.checkLastN("dry-penalty-last-n", lastN);
    if (breakers.contains("")) {
      throw Range.refusal("dry-sequence-breaker", "some text", "none");
    }
  }

  /** Whether the rule has an effect; without one, its breakers are not needed. */
  public boolean isOn() {
    return multiplier > 0 && lastN != 0;
  }
}
