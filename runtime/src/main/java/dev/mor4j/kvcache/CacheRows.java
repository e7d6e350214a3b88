package dev.mor4j.kvcache;

/**
 * Rows of a batch, as the cache sees them.
 *
 * @param sequences whose token each row is
 * @param positions where in its sequence
 * @param step the recursion step that all of them take; 0 outside the shared block
 */
public record CacheRows(int[] sequences, int[] positions, int step) {
  public CacheRows {
    if (sequences.length != positions.length) {
      throw new IllegalArgumentException(
          "expected as many positions as sequences, found %d and %d"
              .formatted(positions.length, sequences.length));
    }
  }

  /** Number of rows. */
  public int count() {
    return sequences.length;
  }
}
