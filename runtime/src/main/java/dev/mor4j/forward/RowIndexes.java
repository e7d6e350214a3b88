package dev.mor4j.forward;

import dev.mor4j.batch.Chunk;

/** Lists of a chunk's rows. */
final class RowIndexes {
  private static final int[] FIRST = {0};

  private RowIndexes() {}

  /**
   * All rows of a chunk, ascending.
   *
   * @return must not be changed: a chunk of one row gets an array that is shared
   */
  static int[] all(Chunk chunk) {
    if (chunk.rowCount() == 1) {
      return FIRST; // every chunk of a sequence that decodes
    }
    int[] rows = new int[chunk.rowCount()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i;
    }
    return rows;
  }
}
