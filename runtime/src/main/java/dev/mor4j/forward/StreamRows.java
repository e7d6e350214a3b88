package dev.mor4j.forward;

import dev.mor4j.batch.BatchLimits;

/**
 * Allocates rows of the residual stream. A chunk holds one row for each of its tokens from prelude
 * to coda. One more row is never allocated: rows that pad a batch read and write it. Confined to
 * the engine's thread.
 */
final class StreamRows {
  private final int[] free;
  private int freeCount;

  /**
   * All rows are free.
   *
   * @param capacity rows that chunks can hold at a time
   */
  StreamRows(int capacity) {
    free = new int[capacity];
    for (int row = 0; row < capacity; row++) {
      free[row] = capacity - 1 - row; // low rows first
    }
    freeCount = capacity;
  }

  /**
   * Rows for the most that a batch loop has under way: a chunk stays for as many turns as the
   * shared block runs.
   *
   * @param runCount most runs of the shared block
   */
  static StreamRows of(BatchLimits limits, int runCount) {
    return new StreamRows(Math.max(1, runCount) * limits.prefillRows() + limits.sequences());
  }

  /** The row for padding. */
  int paddingRow() {
    return free.length;
  }

  /** Number of rows of the residual stream, the one for padding included. */
  int rowCount() {
    return free.length + 1;
  }

  /**
   * Allocates rows.
   *
   * @throws IllegalStateException if there are too few
   */
  int[] allocate(int count) {
    if (count > freeCount) {
      throw new IllegalStateException(
          "residual stream: expected %s free rows, found %s".formatted(count, freeCount));
    }
    int[] rows = new int[count];
    for (int i = 0; i < count; i++) {
      rows[i] = free[--freeCount];
    }
    return rows;
  }

  /** Frees allocated rows. */
  void release(int[] rows) {
    for (int row : rows) {
      free[freeCount++] = row;
    }
  }
}
