package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Weights in host memory, usually a mapped file, that are used without a copy. Read-only; shared by
 * any number of engines. Close it after everything that reads the tensors, and before the memory is
 * unmapped.
 */
public final class HostWeights extends NativeObject {
  /** A page: GPUs that share the host's memory require this alignment. */
  static final int ALIGNMENT = 4096;

  private final MemorySegment memory;

  /**
   * @param device the device that computes with the tensors
   * @param memory native, aligned to {@value #ALIGNMENT} bytes as mapped files are; outlives this
   *     object
   * @param largestTensorBytes size of the largest tensor in it
   * @throws IllegalArgumentException if the memory is empty, on the heap or not aligned
   * @throws GgmlException if the device cannot read host memory
   */
  public HostWeights(Device device, MemorySegment memory, long largestTensorBytes) {
    super(
        "ggml_backend_dev_buffer_from_host_ptr",
        Threads.SHARED,
        wrap(device, memory, largestTensorBytes),
        Ggml::ggml_backend_buffer_free);
    this.memory = memory;
    Ggml.ggml_backend_buffer_set_usage(handle(), Ggml.GGML_BACKEND_BUFFER_USAGE_WEIGHTS());
  }

  private static MemorySegment wrap(Device device, MemorySegment memory, long largestTensorBytes) {
    if (!memory.isNative() || memory.byteSize() == 0 || memory.maxByteAlignment() < ALIGNMENT) {
      throw new IllegalArgumentException(
          "weights: expected native memory aligned to %s bytes, found %s"
              .formatted(ALIGNMENT, memory));
    }
    return device.bufferFromHost(memory, largestTensorBytes);
  }

  /**
   * Assigns memory to a tensor.
   *
   * @param offset bytes from the start of the memory to the tensor's data
   * @throws IllegalArgumentException if the tensor has memory already or is a view
   * @throws IndexOutOfBoundsException if the tensor exceeds the memory
   * @throws GgmlException if ggml reports an error
   */
  public void place(Tensor tensor, long offset) {
    if (tensor.isAllocated() || !tensor.isLeaf()) {
      throw new IllegalArgumentException(
          tensor + ": expected a tensor without memory, found an allocated one or a view");
    }
    MemorySegment place = memory.asSlice(offset, tensor.byteSize());
    // Some devices read a little past the end of a tensor.
    Objects.checkFromIndexSize(
        offset,
        Ggml.ggml_backend_buffer_get_alloc_size(handle(), tensor.struct()),
        memory.byteSize());
    int status = Ggml.ggml_backend_tensor_alloc(handle(), tensor.struct(), place);
    if (status != Ggml.GGML_STATUS_SUCCESS()) {
      throw new GgmlException(
          "ggml_backend_tensor_alloc: status %s%s".formatted(status, GgmlLibrary.drainLog()));
    }
    tensor.context().placedIn(this);
  }
}
