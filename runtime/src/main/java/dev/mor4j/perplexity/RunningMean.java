package dev.mor4j.perplexity;

/**
 * Mean and standard error of a stream of values, by Welford's recurrence, which does not lose
 * digits to large sums.
 */
final class RunningMean {
  private long count;
  private double mean;
  private double squares;

  void add(double value) {
    count++;
    double distance = value - mean;
    mean += distance / count;
    squares += distance * (value - mean);
  }

  long count() {
    return count;
  }

  /** The mean; NaN without values. */
  double mean() {
    return count == 0 ? Double.NaN : mean;
  }

  /** Standard error of the mean, assuming independent values; NaN for fewer than two. */
  double standardError() {
    return count < 2 ? Double.NaN : Math.sqrt(squares / count / (count - 1));
  }
}
