package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Function;

/**
 * An input of a graph: a tensor that the host writes before each run, and the source of its values.
 */
sealed interface GraphInput {

  /** The tensor. It has memory once its graph is allocated. */
  Tensor tensor();

  /** Copies the values of this run to the tensor. */
  void fill(StageData data);

  /**
   * Integers: the first values of the source's array.
   *
   * @param staging native memory of the tensor's size
   */
  record Ints(Tensor tensor, MemorySegment staging, Function<StageData, int[]> source)
      implements GraphInput {
    @Override
    public void fill(StageData data) {
      int[] values = source.apply(data);
      int count = requireCount(tensor, staging, values.length);
      MemorySegment.copy(values, 0, staging, ValueLayout.JAVA_INT, 0, count);
      tensor.write(staging);
    }
  }

  /**
   * Floating-point numbers: the first values of the source's array.
   *
   * @param staging native memory of the tensor's size
   */
  record Floats(Tensor tensor, MemorySegment staging, Function<StageData, float[]> source)
      implements GraphInput {
    @Override
    public void fill(StageData data) {
      float[] values = source.apply(data);
      int count = requireCount(tensor, staging, values.length);
      MemorySegment.copy(values, 0, staging, ValueLayout.JAVA_FLOAT, 0, count);
      tensor.write(staging);
    }
  }

  /**
   * A mask in half precision that is made from visible slots.
   *
   * @param staging native memory of the tensor's size
   * @param source for each row the offset and the length of its range in the list of slots
   */
  record Mask(Tensor tensor, MemorySegment staging, Function<StageData, int[]> source)
      implements GraphInput {
    /** Half-precision zero, which leaves the score as it is. */
    private static final short VISIBLE = 0;

    /** Half-precision minus infinity, which makes the softmax weight zero. */
    private static final short HIDDEN = (short) 0xFC00;

    @Override
    public void fill(StageData data) {
      int window = Math.toIntExact(tensor.shape().size0());
      int rows = Math.toIntExact(tensor.shape().size1());
      int[] slots = data.visibleSlots().slots(data.visibleSlots().slotCount());
      int[] ranges = source.apply(data);
      for (long i = 0; i < (long) window * rows; i++) {
        staging.setAtIndex(ValueLayout.JAVA_SHORT, i, HIDDEN);
      }
      for (int row = 0; row < rows; row++) {
        for (int i = 0; i < ranges[2 * row + 1]; i++) {
          long at = (long) row * window + slots[ranges[2 * row] + i];
          staging.setAtIndex(ValueLayout.JAVA_SHORT, at, VISIBLE);
        }
      }
      tensor.write(staging);
    }
  }

  /** The number of four-byte values of a tensor. */
  private static int requireCount(Tensor tensor, MemorySegment staging, int found) {
    int count = Math.toIntExact(staging.byteSize() / Integer.BYTES);
    if (found < count) {
      throw new IllegalArgumentException(
          "%s: expected at least %s input values, found %s".formatted(tensor, count, found));
    }
    return count;
  }
}
