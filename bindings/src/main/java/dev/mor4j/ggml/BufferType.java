package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Loader;
import dev.mor4j.ggml.ffi.ggml_tensor;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A kind of memory that a device can compute on. Valid until the process ends. Any thread. */
public final class BufferType {
  private static final int TRIAL_COLUMNS = 512;

  private final MemorySegment handle;

  BufferType(MemorySegment handle) {
    this.handle = handle;
  }

  MemorySegment handle() {
    return handle;
  }

  /** Short name, such as {@code CPU_REPACK}. */
  public String name() {
    return Loader.string(Ggml.ggml_backend_buft_name(handle));
  }

  /** Whether it is memory of the CPU, in any layout. */
  boolean isOfCpu() {
    MemorySegment device = Ggml.ggml_backend_buft_get_device(handle);
    return !device.equals(MemorySegment.NULL) && new Device(device).kind() == Device.Kind.CPU;
  }

  /**
   * Whether a device computes matrix products with weights in this memory.
   *
   * @param type of the weights
   * @param shape of the weights, [in, out]
   */
  public boolean multiplies(Device device, TensorType type, Shape shape) {
    MemorySegment empty = Ggml.ggml_backend_buft_alloc_buffer(handle, 0);
    try (GgmlContext trial = GgmlContext.forState(3)) {
      Tensor weights = trial.newTensor(type, shape, "weights");
      Tensor input =
          trial.newTensor(TensorType.F32, Shape.of(shape.size0(), TRIAL_COLUMNS), "input");
      Tensor product = trial.ops().matMul(weights, input);
      // ggml looks at the buffer of the weights: an empty one tells the type and takes no memory
      ggml_tensor.buffer(weights.struct(), empty);
      return device.supports(product);
    } finally {
      Ggml.ggml_backend_buffer_free(empty);
    }
  }

  /** Compares the kinds of memory. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof BufferType type && handle.equals(type.handle);
  }

  @Override
  public int hashCode() {
    return handle.hashCode();
  }

  @Override
  public String toString() {
    return name();
  }
}
