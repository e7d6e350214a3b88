package dev.mor4j.cli.bench;

import java.util.Arrays;

/**
 * Mean and deviation of several values.
 *
 * @param mean the arithmetic mean
 * @param deviation the sample standard deviation; 0 for one value
 */
record Deviation(double mean, double deviation) {

  static Deviation of(double[] figures) {
    double mean = Arrays.stream(figures).average().orElse(0);
    if (figures.length < 2) {
      return new Deviation(mean, 0);
    }
    double squares = Arrays.stream(figures).map(each -> (each - mean) * (each - mean)).sum();
    return new Deviation(mean, Math.sqrt(squares / (figures.length - 1)));
  }
}
