package dev.mor4j.sampling;

/**
 * How much less likely tokens become that came lately.
 *
 * @param repeat divides a positive logit and multiplies a negative one; 1 changes nothing
 * @param frequency subtracted from the logit for each time the token came; 0 changes nothing
 * @param presence subtracted from the logit once; 0 changes nothing
 * @param lastN how many tokens back count; 0 is none, -1 all
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
