package dev.mor4j.sampling;

import java.util.List;

/**
 * DRY: how much less likely tokens become that would continue a repetition.
 *
 * @param multiplier subtracted from the logit at the allowed length; 0 changes nothing
 * @param base the subtracted number grows by this factor with each token that repeats
 * @param allowedLength repetitions shorter than this cost nothing, in tokens
 * @param lastN how many tokens back are searched for repetitions; 0 is none, -1 all
 * @param breakers texts over which no repetition reaches
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

  /** Whether the rule does anything: if not, its breakers need not be looked up. */
  public boolean isOn() {
    return multiplier > 0 && lastN != 0;
  }
}
