package dev.mor4j.tests.golden;

import java.util.Arrays;

/**
 * The differences between a run and the reference.
 *
 * @param logits largest difference of logits, relative to the largest logit
 * @param scores largest difference of router scores over all steps, relative to the largest score
 * @param expectedDepths depths of the tokens in the reference
 * @param foundDepths depths of the tokens in the run
 */
record GoldenDifference(double logits, double scores, int[] expectedDepths, int[] foundDepths) {

  boolean sameDepths() {
    return Arrays.equals(expectedDepths, foundDepths);
  }

  /**
   * The largest difference of two arrays relative to the largest expected value; infinite if their
   * lengths or the places of their NaN values differ.
   */
  static double relative(float[] expected, float[] found) {
    if (expected.length != found.length) {
      return Double.POSITIVE_INFINITY;
    }
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      if (Float.isNaN(expected[i]) != Float.isNaN(found[i])) {
        return Double.POSITIVE_INFINITY;
      }
      if (!Float.isNaN(expected[i])) {
        largest = Math.max(largest, Math.abs(expected[i]));
        difference = Math.max(difference, Math.abs((double) expected[i] - found[i]));
      }
    }
    return difference == 0 ? 0 : difference / largest;
  }
}
