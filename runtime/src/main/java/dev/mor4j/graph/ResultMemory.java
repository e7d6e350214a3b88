package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Host memory for one result of a stage, used again by one graph after another: logits of many rows
 * are megabytes, and graphs come and go with the number of rows. One thread.
 */
final class ResultMemory implements AutoCloseable {
  /** More than this is given back when it is mostly unused: 4 Mi values. */
  private static final int LARGE = 1 << 22;

  private static final int MOSTLY_UNUSED = 8;

  private Arena arena = Arena.ofConfined();
  private MemorySegment staging = MemorySegment.NULL;

  /** The part of it that the last result took. */
  private MemorySegment exact = staging;

  private float[] values = {};
  private float[] row = {};
  private long knownRun = -1;

  /**
   * Copies a tensor to the heap, once a run.
   *
   * @param tensor F32
   * @param run which one the tensor is of, from 0
   * @return at least its values, they first; written over in later runs
   */
  float[] read(Tensor tensor, long run) {
    if (run != knownRun) {
      int count = Math.toIntExact(tensor.shape().valueCount());
      makeRoom(count);
      tensor.read(exact);
      MemorySegment.copy(exact, ValueLayout.JAVA_FLOAT, 0, values, 0, count);
      knownRun = run;
    }
    return values;
  }

  /**
   * Copies one row of a tensor to the heap: straight from where it is, if that is host memory, else
   * with all rows, once a run.
   *
   * @param tensor F32
   * @param index of the row
   * @param run which one the tensor is of, from 0
   * @return the row's values; written over by the next
   */
  float[] readRow(Tensor tensor, int index, long run) {
    int width = Math.toIntExact(tensor.shape().size0());
    if (row.length != width) {
      row = new float[width];
    }
    if (!tensor.readRowOnHost(index, row)) {
      System.arraycopy(read(tensor, run), index * width, row, 0, width);
    }
    return row;
  }

  @SuppressWarnings("MustBeClosedChecker") // close() closes the arena
  private void makeRoom(int count) {
    boolean isWasteful = values.length > LARGE && count < values.length / MOSTLY_UNUSED;
    if (count > values.length || isWasteful) {
      arena.close();
      arena = Arena.ofConfined();
      staging = arena.allocate(ValueLayout.JAVA_FLOAT, count);
      values = new float[count];
      exact = staging;
    }
    long bytes = (long) count * Float.BYTES;
    if (exact.byteSize() != bytes) {
      exact = staging.asSlice(0, bytes);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
