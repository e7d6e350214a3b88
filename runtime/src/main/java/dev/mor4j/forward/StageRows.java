package dev.mor4j.forward;

import dev.mor4j.batch.Chunk;
import dev.mor4j.graph.StageData;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvRows;
import dev.mor4j.kvcache.VisibleSlots;
import java.util.Arrays;

/**
 * Rows of several chunks that take one stage together, one after another, with their slots in the
 * cache. Rows that pad the batch come last: they compute nothing that anybody reads. Used again for
 * one stage after another, and so are its arrays, which may be longer than the batch; one thread.
 */
final class StageRows implements StageData {
  private static final float[] NO_VALUES = {};

  private final int paddingRow;
  private final KvRows kvRows = new KvRows();
  private final VisibleSlots visible = new VisibleSlots();
  private int[] tokens = {};
  private int[] positions = {};
  private int[] streamRows = {};
  private int[] slots = {};
  private int[] outputs = {};
  private float[] gates = {};
  private float[] counted = NO_VALUES;
  private int count;
  private int paddedCount;
  private int outputCount;

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
    if (tokens.length < padded) {
      int length = Math.max(padded, 2 * tokens.length);
      tokens = new int[length];
      positions = new int[length];
      streamRows = new int[length];
      slots = new int[length];
      outputs = new int[length];
      gates = new float[length];
    }
    Arrays.fill(tokens, rowCount, padded, 0);
    Arrays.fill(positions, rowCount, padded, 0);
    Arrays.fill(streamRows, rowCount, padded, paddingRow);
    Arrays.fill(gates, rowCount, padded, 0);
    counted = NO_VALUES;
    kvRows.clear();
    count = 0;
    outputCount = 0;
    paddedCount = padded;
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
    kvRows.add(chunk.sequence().lease(), step, chunk.firstPosition(), rows);
    for (int i = 0; i < rows.length; i++) {
      tokens[count] = chunk.token(rows[i]);
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
      counted = new float[paddedCount];
      Arrays.fill(counted, 0, count, 1);
    }
    int taker = 0;
    for (int i = 0; i < rows.length; i++) {
      boolean takes = taker < takers.length && takers[taker] == rows[i];
      counted[count - rows.length + i] = takes ? 1 : 0;
      taker += takes ? 1 : 0;
    }
  }

  /** Wants the outputs of a chunk, all of whose rows were added last. */
  void wantOutputs(Chunk chunk) {
    int start = count - chunk.rowCount();
    for (int row = chunk.firstOutput(); row < chunk.rowCount(); row++) {
      outputs[outputCount++] = start + row;
    }
  }

  /** Wants the last of the wanted outputs again and again, until they are as many. */
  void padOutputs(int padded) {
    if (outputCount > 0 && outputCount < padded) {
      outputs = padded <= outputs.length ? outputs : Arrays.copyOf(outputs, padded);
      Arrays.fill(outputs, outputCount, padded, outputs[outputCount - 1]);
      outputCount = padded;
    }
  }

  /** Leaves all rows out whose outputs are not wanted: no layer is to run. */
  void keepOutputs() {
    for (int i = 0; i < outputCount; i++) {
      streamRows[i] = streamRows[outputs[i]]; // ascending, so none is read after it was written
    }
    paddedCount = outputCount;
  }

  /**
   * Takes slots for the rows where they write, and finds those that they look at.
   *
   * @throws IllegalStateException if there is no room
   */
  void enter(KvCache cache, KvLayout.Place place) {
    int region = place.region();
    if (place.writes()) {
      if (!cache.slots().plan(region, count, slots)) {
        throw new IllegalStateException("no room for %d tokens in the K/V cache".formatted(count));
      }
      cache.commit(region, kvRows, slots);
      Arrays.fill(slots, count, paddedCount, cache.paddingSlot(region));
    }
    cache.slots().findVisible(region, kvRows, visible);
  }

  @Override
  public float[] counted() {
    return counted;
  }

  /** Rows without the padding. */
  int count() {
    return count;
  }

  /** Rows with the padding. */
  int paddedCount() {
    return paddedCount;
  }

  /** Wanted outputs. */
  int outputCount() {
    return outputCount;
  }

  @Override
  public int[] tokens() {
    return tokens;
  }

  @Override
  public int[] positions() {
    return positions;
  }

  @Override
  public int[] streamRows() {
    return streamRows;
  }

  @Override
  public int[] slots() {
    return slots;
  }

  @Override
  public VisibleSlots visibleSlots() {
    return visible;
  }

  @Override
  public float[] gates() {
    return gates;
  }

  @Override
  public int[] outputs() {
    return outputs;
  }
}
