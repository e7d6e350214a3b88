package dev.mor4j.tests.golden;

import java.util.Arrays;

/**
 * How far a run is from the reference.
 *
 * @param logits largest difference, as a share of the largest logit
 * @param scores likewise for router scores, over all steps
 * @param expectedDepths steps that each token took in the reference
 * @param foundDepths steps that each token took here
 */
record GoldenDifference(double logits, double scores, int[] expectedDepths, int[] foundDepths) {

  boolean sameDepths() {
    return Arrays.equals(expectedDepths, foundDepths);
  }

  /**
   * Largest difference of two arrays as a share of the largest expected value; infinite if one has
   * a NaN where the other has none, or their lengths differ.
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
