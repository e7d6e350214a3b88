package dev.mor4j.sampling;

import java.util.Optional;

/**
 * Summary of a row of logits that is sufficient for a greedy pick and its log-probability, so that
 * the row itself need not be read back from the device.
 *
 * @param greatest the greatest logit, finite
 * @param likeliest its token; among equally likely ones the lowest id
 * @param logSumExp logarithm of the sum of e^logit; subtract it from logits for log-probabilities
 */
public record LogitDigest(float greatest, int likeliest, double logSumExp) {
  private static final int VALUES = 3;

  /**
   * Combines the digests of segments of a row.
   *
   * @param pieces three values for each segment: its greatest logit, the token of that logit, and
   *     the sum of e^(logit - greatest), which is NaN if a logit is NaN or positive infinity, and 0
   *     if all are negative infinity
   * @return empty if the logits define no distribution
   */
  public static Optional<LogitDigest> of(float[] pieces) {
    int most = 0;
    for (int at = VALUES; at < pieces.length; at += VALUES) {
      most = pieces[at] > pieces[most] ? at : most;
    }
    float greatest = pieces[most];
    double sum = 0;
    for (int at = 0; at < pieces.length; at += VALUES) {
      float of = pieces[at + 2];
      sum += of == 0 ? 0 : of * Math.exp((double) pieces[at] - greatest);
    }
    return sum > 0 // NaN is not
        ? Optional.of(new LogitDigest(greatest, (int) pieces[most + 1], greatest + Math.log(sum)))
        : Optional.empty();
  }
}
