package dev.mor4j.engine;

import dev.mor4j.batch.Chunk;
import dev.mor4j.kvcache.KvRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows of several chunks that take one stage together, one after another. Rows that pad the batch
 * come last: they compute nothing that anybody reads. Used again for one stage after another; one
 * thread.
 */
final class StageRows {
  private static final float[] NO_VALUES = {};

  private final int paddingRow;
  private final List<KvRows.Part> parts = new ArrayList<>();
  private int[] tokens = {};
  private int[] positions = {};
  private int[] streamRows = {};
  private float[] gates = {};
  private float[] counted = NO_VALUES;
  private int count;

  /**
   * @param paddingRow row of the stream that padding uses
   */
  StageRows(int paddingRow) {
    this.paddingRow = paddingRow;
  }

  /**
   * Forgets all rows, for the next stage; what was handed out is written over.
   *
   * @param rowCount rows that will be added
   * @param padded rows with the padding
   */
  StageRows cleared(int rowCount, int padded) {
    if (tokens.length != padded) {
      tokens = new int[padded];
      positions = new int[padded];
      streamRows = new int[padded];
      gates = new float[padded];
    }
    Arrays.fill(tokens, rowCount, padded, 0);
    Arrays.fill(positions, rowCount, padded, 0);
    Arrays.fill(streamRows, rowCount, padded, paddingRow);
    Arrays.fill(gates, rowCount, padded, 0);
    counted = NO_VALUES;
    parts.clear();
    count = 0;
    return this;
  }

  /**
   * Adds rows of a chunk.
   *
   * @param step whose keys and values they look at
   * @param rows indexes in the chunk
   * @param chunkStreamRows where each row of the chunk is in the stream
   * @param rowGates as many as rows, or none
   */
  void add(Chunk chunk, int step, int[] rows, int[] chunkStreamRows, float[] rowGates) {
    parts.add(new KvRows.Part(chunk.sequence().lease(), step, chunk.positions(rows)));
    for (int i = 0; i < rows.length; i++) {
      tokens[count] = chunk.tokens()[rows[i]];
      positions[count] = chunk.firstPosition() + rows[i];
      streamRows[count] = chunkStreamRows[rows[i]];
      if (counted.length > 0) {
        counted[count] = 1;
      }
      gates[count] = rowGates.length == 0 ? 0 : rowGates[i];
      count++;
    }
  }

  /**
   * Says who of the rows added last takes the step: the others run for their keys and values alone.
   *
   * @param rows the rows added last
   * @param takers those of them, ascending as they are
   */
  void countOnly(int[] rows, int[] takers) {
    if (takers.length == rows.length) {
      return;
    }
    if (counted.length == 0) {
      counted = new float[tokens.length];
      Arrays.fill(counted, 0, count, 1);
    }
    int taker = 0;
    for (int i = 0; i < rows.length; i++) {
      boolean takes = taker < takers.length && takers[taker] == rows[i];
      counted[count - rows.length + i] = takes ? 1 : 0;
      taker += takes ? 1 : 0;
    }
  }

  /** 1 for rows that take the step; empty if all do. */
  float[] counted() {
    return counted;
  }

  /** Rows without the padding. */
  int count() {
    return count;
  }

  /** Rows with the padding. */
  int paddedCount() {
    return tokens.length;
  }

  KvRows kvRows() {
    return new KvRows(parts);
  }

  int[] tokens() {
    return tokens;
  }

  int[] positions() {
    return positions;
  }

  int[] streamRows() {
    return streamRows;
  }

  float[] gates() {
    return gates;
  }
}
