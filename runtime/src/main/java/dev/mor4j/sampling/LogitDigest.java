package dev.mor4j.sampling;

import java.util.Optional;

/**
 * What there is to know of a row of logits for a greedy pick and for log-probabilities, without a
 * look at each.
 *
 * @param greatest the greatest logit, finite
 * @param likeliest its token, of equally likely ones the lowest id
 * @param logSumExp what to subtract from logits for the natural logarithms of their softmax
 */
public record LogitDigest(float greatest, int likeliest, double logSumExp) {
  private static final int VALUES = 3;

  /**
   * Joins the digests of a row's pieces.
   *
   * @param pieces for each piece its greatest logit, the token of it, and the sum of e^(logit -
   *     greatest): NaN if a logit is NaN or positive infinity, 0 if all are negative infinity
   * @return empty if no distribution can be made of the logits
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
