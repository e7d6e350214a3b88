package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;

/** A tensor that the host writes before each run; it knows where its values come from. */
sealed interface GraphInput {

  /** The tensor, with memory once its graph is allocated. */
  Tensor tensor();

  /** Copies this run's values to the tensor. */
  void fill(StageData data);

  /**
   * Whole numbers.
   *
   * @param staging native memory of the tensor's size
   */
  record Ints(Tensor tensor, MemorySegment staging, Function<StageData, int[]> source)
      implements GraphInput {
    @Override
    public void fill(StageData data) {
      staging.copyFrom(checked(MemorySegment.ofArray(source.apply(data)), tensor));
      tensor.write(staging);
    }
  }

  /**
   * Numbers.
   *
   * @param staging native memory of the tensor's size
   */
  record Floats(Tensor tensor, MemorySegment staging, Function<StageData, float[]> source)
      implements GraphInput {
    @Override
    public void fill(StageData data) {
      staging.copyFrom(checked(MemorySegment.ofArray(source.apply(data)), tensor));
      tensor.write(staging);
    }
  }

  /**
   * Who sees what: half-precision bits.
   *
   * @param staging native memory of the tensor's size
   */
  record Mask(Tensor tensor, MemorySegment staging) implements GraphInput {
    @Override
    public void fill(StageData data) {
      staging.copyFrom(checked(MemorySegment.ofArray(data.mask()), tensor));
      tensor.write(staging);
    }
  }

  private static MemorySegment checked(MemorySegment values, Tensor tensor) {
    if (values.byteSize() != tensor.byteSize()) {
      throw new IllegalArgumentException(
          "%s: expected %d bytes of input, found %d"
              .formatted(tensor, tensor.byteSize(), values.byteSize()));
    }
    return values;
  }
}
