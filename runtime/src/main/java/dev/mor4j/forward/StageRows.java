package dev.mor4j.forward;

import dev.mor4j.batch.Chunk;
import dev.mor4j.graph.StageData;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvRows;
import dev.mor4j.kvcache.VisibleSlots;
import java.util.Arrays;

/**
 * The rows of several chunks that run one stage together, with their slots in the K/V cache. Rows
 * that pad the batch come last; their results are never read. The object and its arrays, which may
 * be longer than the batch, are reused from stage to stage. Confined to the engine's thread.
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
   * Without rows.
   *
   * @param paddingRow row of the residual stream that padding reads and writes
   */
  StageRows(int paddingRow) {
    this.paddingRow = paddingRow;
  }

  /**
   * Removes all rows, for the next stage. Overwrites arrays that were handed out.
   *
   * @param rowCount rows that will be added
   * @param padded number of rows with padding
   * @return this
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
   * @param step the step whose slots in the K/V cache the rows read and write
   * @param rows indexes in the chunk, ascending
   * @param chunkStreamRows where each row of the chunk is in the residual stream
   * @param rowGates one for each of {@code rows}, or none for a stage without gates
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
   * Marks which of the rows added last take the step. The others run for their keys and values
   * only, and observers do not count them.
   *
   * @param rows the rows added last
   * @param kept the rows among them that take the step, ascending
   */
  void countOnly(int[] rows, int[] kept) {
    if (kept.length == rows.length) {
      return;
    }
    if (counted.length == 0) {
      counted = new float[paddedCount];
      Arrays.fill(counted, 0, count, 1);
    }
    int next = 0;
    for (int i = 0; i < rows.length; i++) {
      boolean isKept = next < kept.length && kept[next] == rows[i];
      counted[count - rows.length + i] = isKept ? 1 : 0;
      next += isKept ? 1 : 0;
    }
  }

  /** Requests the outputs that are wanted of a chunk, all of whose rows were added last. */
  void wantOutputs(Chunk chunk) {
    int start = count - chunk.rowCount();
    for (int row = chunk.firstOutput(); row < chunk.rowCount(); row++) {
      outputs[outputCount++] = start + row;
    }
  }

  /** Repeats the last wanted output until there are {@code padded} outputs, if there is one. */
  void padOutputs(int padded) {
    if (outputCount > 0 && outputCount < padded) {
      outputs = padded <= outputs.length ? outputs : Arrays.copyOf(outputs, padded);
      Arrays.fill(outputs, outputCount, padded, outputs[outputCount - 1]);
      outputCount = padded;
    }
  }

  /** Removes rows whose outputs are not wanted, for a stage without layers. */
  void keepOutputs() {
    for (int i = 0; i < outputCount; i++) {
      streamRows[i] =
          streamRows[outputs[i]]; // ascending, so no value is read after it is overwritten
    }
    paddedCount = outputCount;
  }

  /**
   * Takes slots for the rows if the place writes, and finds the slots that attention may read.
   *
   * @throws IllegalStateException if the K/V cache has too few slots, which the batch loop prevents
   */
  void assignSlots(KvCache cache, KvLayout.Place place) {
    int region = place.region();
    if (place.writes()) {
      if (!cache.slots().plan(region, count, slots)) {
        throw new IllegalStateException(
            "K/V cache: expected %s free slots, found fewer".formatted(count));
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

  /** Number of rows without padding. */
  int count() {
    return count;
  }

  /** Number of rows with padding. */
  int paddedCount() {
    return paddedCount;
  }

  /** Number of wanted outputs, with padding. */
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
