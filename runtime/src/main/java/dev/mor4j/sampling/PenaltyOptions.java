package dev.mor4j.sampling;

/**
 * Penalties on recent tokens.
 *
 * @param repeat divides a positive logit and multiplies a negative one; 1 has no effect
 * @param frequency subtracted from the logit for each occurrence of the token; 0 has no effect
 * @param presence subtracted from the logit once; 0 has no effect
 * @param lastN number of recent tokens considered; 0 for none, -1 for all
 */
public record PenaltyOptions(float repeat, float frequency, float presence, int lastN) {

  public PenaltyOptions {
    Range.MORE_THAN_ZERO.check("repeat-penalty", repeat);
    Range.FINITE.check("frequency-penalty", frequency);
    Range.FINITE.check("presence-penalty", presence);
    Range.checkLastN("repeat-last-n", lastN);
  }

  boolean isOn() {
    return lastN != 0 && (repeat != 1 || frequency != 0 || presence != 0);
  }
}
