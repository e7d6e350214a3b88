package dev.mor4j.sampling;

/**
 * XTC ("exclude top choices"): occasional removal of the most likely tokens.
 *
 * @param probability probability that the rule is applied to a token; 0 disables it
 * @param threshold if applied, removes all tokens of at least this probability except the least
 *     likely of them; above 0.5 no two tokens reach it, so nothing is removed
 */
public record XtcOptions(float probability, float threshold) {

  public XtcOptions {
    Range.SHARE.check("xtc-probability", probability);
    Range.SHARE.check("xtc-threshold", threshold);
  }

  boolean isOn() {
    return probability > 0 && threshold <= 0.5f;
  }
}
