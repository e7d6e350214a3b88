package dev.mor4j.quantize.importance;

import java.util.Arrays;

/**
 * What entered one matrix, or each of a stack of matrices. Its arrays are shared with nobody.
 *
 * @param sums of the squares of each input column, matrix after matrix
 * @param counts rows that were summed, one for each matrix
 */
public record Importance(float[] sums, float[] counts) {
  public Importance {
    sums = sums.clone();
    counts = counts.clone();
    if (counts.length == 0 || sums.length == 0 || sums.length % counts.length != 0) {
      throw new IllegalArgumentException(
          "expected sums of as many columns for each of the counts, found %d sums and %d counts"
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

  /** Mean squares, as quantizers weigh errors; 1 for a matrix that nothing entered. */
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
