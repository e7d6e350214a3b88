package dev.mor4j.perplexity;

/**
 * Mean of values that come one by one, and its standard error (Welford's recurrence, which loses no
 * digits to large sums).
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

  /** The mean; NaN of no values. */
  double mean() {
    return count == 0 ? Double.NaN : mean;
  }

  /** Standard error of the mean, values taken as independent; NaN of fewer than two. */
  double standardError() {
    return count < 2 ? Double.NaN : Math.sqrt(squares / count / (count - 1));
  }
}
