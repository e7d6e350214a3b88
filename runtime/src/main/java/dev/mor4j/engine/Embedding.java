package dev.mor4j.engine;

import java.util.Arrays;

/**
 * What a text means to a model, as vectors.
 *
 * @param length values of one vector
 * @param values vector after vector: one for each of T tokens if they are not pooled, T x length in
 *     all, else one
 * @param depths recursion steps that each of the T tokens took
 */
public record Embedding(int length, float[] values, int[] depths) {

  /** Number of vectors. */
  public int vectorCount() {
    return values.length / length;
  }

  /**
   * A copy of one vector.
   *
   * @throws IndexOutOfBoundsException if there are not that many
   */
  public float[] vector(int index) {
    if (index < 0 || index >= vectorCount()) {
      throw new IndexOutOfBoundsException(
          "vector: expected 0..%s, found %s".formatted(vectorCount() - 1, index));
    }
    return Arrays.copyOfRange(values, index * length, (index + 1) * length);
  }

  /** Recursion steps per token, on average. */
  public double meanDepth() {
    return Arrays.stream(depths).average().orElse(0);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Embedding that
        && length == that.length
        && Arrays.equals(values, that.values)
        && Arrays.equals(depths, that.depths);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(values) + Arrays.hashCode(depths);
  }

  @Override
  public String toString() {
    return "Embedding[%s x %s, depths %s]"
        .formatted(vectorCount(), length, Arrays.toString(depths));
  }
}
