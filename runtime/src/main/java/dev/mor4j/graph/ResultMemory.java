package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Host memory for one result of a stage, shared by the stage's graphs: the logits of many rows take
 * megabytes, and there is a graph for each number of rows. Confined to the engine's thread.
 */
final class ResultMemory implements AutoCloseable {
  /** Larger memory is freed when most of it is unused: 4 Mi values. */
  private static final int LARGE = 1 << 22;

  private static final int MOSTLY_UNUSED = 8;

  private Arena arena = Arena.ofConfined();
  private MemorySegment staging = MemorySegment.NULL;

  /** The part of the memory that the last result took. */
  private MemorySegment exact = staging;

  private float[] values = {};
  private float[] row = {};
  private long knownRun = -1;

  /**
   * Copies a tensor to the heap, once per run.
   *
   * @param tensor F32
   * @param run number of the run that computed the tensor, from 0
   * @return an array that begins with the tensor's values; overwritten by later runs
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
   * Copies one row of a tensor to the heap: directly if the tensor is in host memory, otherwise
   * together with all other rows, once per run.
   *
   * @param tensor F32
   * @param index index of the row
   * @param run number of the run that computed the tensor, from 0
   * @return the row's values; overwritten by the next call
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
