package dev.mor4j.cli.bench;

import java.util.Arrays;

/**
 * What figures have in common.
 *
 * @param mean their mean
 * @param deviation their standard deviation, as of a sample; 0 of one figure
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
