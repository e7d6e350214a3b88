package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Function;

/** A tensor that the host writes before each run; it knows where its values come from. */
sealed interface GraphInput {

  /** The tensor, with memory once its graph is allocated. */
  Tensor tensor();

  /** Copies this run's values to the tensor. */
  void fill(StageData data);

  /**
   * Whole numbers, the source's first.
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
   * Numbers, the source's first.
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
   * Who sees what: half-precision bits.
   *
   * @param staging native memory of the tensor's size
   * @param source each row's part of the slot lists
   */
  record Mask(Tensor tensor, MemorySegment staging, Function<StageData, int[]> source)
      implements GraphInput {
    /** Half-precision zero: the score stays. */
    private static final short VISIBLE = 0;

    /** Half-precision minus infinity: the score vanishes. */
    private static final short HIDDEN = (short) 0xFC00;

    @Override
    public void fill(StageData data) {
      int window = Math.toIntExact(tensor.shape().size0());
      int rows = Math.toIntExact(tensor.shape().size1());
      int[] slots = data.visibleSlots().slots(data.visibleSlots().slotCount());
      int[] spans = source.apply(data);
      for (long i = 0; i < (long) window * rows; i++) {
        staging.setAtIndex(ValueLayout.JAVA_SHORT, i, HIDDEN);
      }
      for (int row = 0; row < rows; row++) {
        for (int i = 0; i < spans[2 * row + 1]; i++) {
          long at = (long) row * window + slots[spans[2 * row] + i];
          staging.setAtIndex(ValueLayout.JAVA_SHORT, at, VISIBLE);
        }
      }
      tensor.write(staging);
    }
  }

  /** How many numbers of four bytes a tensor takes. */
  private static int requireCount(Tensor tensor, MemorySegment staging, int found) {
    int count = Math.toIntExact(staging.byteSize() / Integer.BYTES);
    if (found < count) {
      throw new IllegalArgumentException(
          "%s: expected %d numbers or more of input, found %d".formatted(tensor, count, found));
    }
    return count;
  }
}
