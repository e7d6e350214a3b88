package dev.mor4j.quantize.importance;

import java.util.Arrays;

/**
 * Statistics of the inputs of one matrix, or of each of a stack of matrices. Arrays are copied in
 * and out.
 *
 * @param sums sum of the squares of each input column, matrix after matrix
 * @param counts number of rows summed, one value per matrix
 */
public record Importance(float[] sums, float[] counts) {
  public Importance {
    sums = sums.clone();
    counts = counts.clone();
    if (counts.length == 0 || sums.length == 0 || sums.length % counts.length != 0) {
      throw new IllegalArgumentException(
          "expected the number of sums to be a multiple of the number of counts, found %s sums and %s counts"
              .formatted(sums.length, counts.length));
    }
  }

  @Override
  public float[] sums() {
    return sums.clone();
  }

  @Override
  public float[] counts() {
    return counts.clone();
  }

  /** Mean squares, the weights of errors in quantization; 1 for a matrix without input rows. */
  public float[] means() {
    float[] means = new float[sums.length];
    int columns = sums.length / counts.length;
    for (int i = 0; i < means.length; i++) {
      float count = counts[i / columns];
      means[i] = count > 0 ? sums[i] / count : 1;
    }
    return means;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Importance that
        && Arrays.equals(sums, that.sums)
        && Arrays.equals(counts, that.counts);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(sums) + Arrays.hashCode(counts);
  }
}
