package dev.mor4j.routing;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Top-k selection: the capacity of a step as a token count, and the tokens that it admits. */
final class Capacity {
  private Capacity() {}

  /**
   * Tokens of a sequence that a step keeps; at least one.
   *
   * @param capacity the share of the sequence's tokens that the step keeps
   */
  static int keptTokens(double capacity, int sequenceLength) {
    return Math.max(1, (int) (capacity * sequenceLength));
  }

  /**
   * Finds the candidates with the largest gates.
   *
   * @return indices into {@code gates}, ascending; among equal gates the first ones win
   */
  static int[] largest(float[] gates, int count) {
    int[] best =
        IntStream.range(0, gates.length)
            .boxed()
            .sorted((left, right) -> Float.compare(gates[right], gates[left]))
            .limit(count)
            .mapToInt(Integer::intValue)
            .toArray();
    Arrays.sort(best);
    return best;
  }
}
