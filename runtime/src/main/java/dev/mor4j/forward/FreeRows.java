package dev.mor4j.forward;

/** Rows of the residual stream that no chunk holds; one thread. */
final class FreeRows {
  private final int[] free;
  private int count;

  FreeRows(int capacity) {
    free = new int[capacity];
    for (int row = 0; row < capacity; row++) {
      free[row] = capacity - 1 - row;
    }
    count = capacity;
  }

  int[] take(int wanted) {
    if (wanted > count) {
      throw new IllegalStateException(
          "residual stream: expected %d free rows, found %d".formatted(wanted, count));
    }
    int[] rows = new int[wanted];
    for (int i = 0; i < wanted; i++) {
      rows[i] = free[--count];
    }
    return rows;
  }

  void giveBack(int[] rows) {
    for (int row : rows) {
      free[count++] = row;
    }
  }
}
