package dev.mor4j.sampling;

/**
 * XTC: now and then the obvious tokens are left out.
 *
 * @param probability how often; 0 never
 * @param threshold tokens at least as likely as this are obvious, all but the least likely of them;
 *     above 0.5 there are never two, so nothing is left out
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
