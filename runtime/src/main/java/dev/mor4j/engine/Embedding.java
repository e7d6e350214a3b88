package dev.mor4j.engine;

import java.util.Arrays;

/**
 * The embedding of a text.
 *
 * @param length size of one vector
 * @param values F32 [length, vectors]: one vector, or one for each token without pooling
 * @param depths recursion depth of each token
 */
public record Embedding(int length, float[] values, int[] depths) {

  /** Number of vectors. */
  public int vectorCount() {
    return values.length / length;
  }

  /**
   * Returns a copy of one vector.
   *
   * @throws IndexOutOfBoundsException if there is no such vector
   */
  public float[] vector(int index) {
    if (index < 0 || index >= vectorCount()) {
      throw new IndexOutOfBoundsException(
          "vector: expected 0..%s, found %s".formatted(vectorCount() - 1, index));
    }
    return Arrays.copyOfRange(values, index * length, (index + 1) * length);
  }

  /** Mean recursion depth of the tokens. */
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
