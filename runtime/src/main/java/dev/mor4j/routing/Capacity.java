package dev.mor4j.routing;

import java.util.Arrays;
import java.util.stream.IntStream;

/** A step's share of a whole sequence. */
final class Capacity {
  private Capacity() {}

  /** How many of a sequence's tokens a step keeps; at least one. */
  static int keptTokens(double share, int sequenceLength) {
    return Math.max(1, (int) (share * sequenceLength));
  }

  /**
   * Which candidates have the largest gates.
   *
   * @return indexes into {@code gates}, ascending; of equal gates the first win
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
