package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import java.lang.foreign.MemorySegment;

/**
 * Tensors over host memory, without a copy: a mapped file. Read-only; shared by any number of
 * engines. Close it before the memory goes, after all who read the tensors.
 */
public final class HostWeights extends NativeObject {
  private final MemorySegment memory;

  /**
   * @param device who will compute with the tensors
   * @param memory native, aligned to a page; outlives this object
   * @param largestTensorBytes size of the largest tensor in it
   * @throws GgmlException if the device cannot read host memory
   */
  public HostWeights(Device device, MemorySegment memory, long largestTensorBytes) {
    super(
        "ggml_backend_dev_buffer_from_host_ptr",
        Threads.SHARED,
        device.bufferFromHost(memory, largestTensorBytes),
        Ggml::ggml_backend_buffer_free);
    this.memory = memory;
    Ggml.ggml_backend_buffer_set_usage(handle(), Ggml.GGML_BACKEND_BUFFER_USAGE_WEIGHTS());
  }

  /**
   * Gives a tensor its place.
   *
   * @param offset bytes from the start of the memory to the tensor's data
   * @throws IndexOutOfBoundsException if the tensor would reach outside the memory
   * @throws GgmlException if ggml refuses
   */
  public void place(Tensor tensor, long offset) {
    if (tensor.isAllocated()) {
      throw new IllegalArgumentException(tensor + " has a place already");
    }
    int status =
        Ggml.ggml_backend_tensor_alloc(
            handle(), tensor.struct(), memory.asSlice(offset, tensor.byteSize()));
    if (status != Ggml.GGML_STATUS_SUCCESS()) {
      throw new GgmlException("ggml_backend_tensor_alloc: status " + status);
    }
  }
}
