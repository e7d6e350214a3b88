package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Mor;
import java.lang.foreign.MemorySegment;

/**
 * Weights that are copied into the memory on which a device computes fastest. That memory may have
 * its own layout: the weights can be multiplied with, but not be read back. Read-only once filled;
 * shared by any number of engines. Close it after everything that reads the tensors.
 */
public final class CopiedWeights extends NativeObject {

  /**
   * Allocates the memory.
   *
   * @param tensors the tensors; the buffer type {@link BufferType#multiplies supports} each of them
   * @throws GgmlException if there is not enough memory
   */
  public CopiedWeights(GgmlContext tensors, BufferType type) {
    super(
        "ggml_backend_alloc_ctx_tensors_from_buft",
        Threads.SHARED,
        Ggml.ggml_backend_alloc_ctx_tensors_from_buft(tensors.handle(), type.handle()),
        Ggml::ggml_backend_buffer_free);
    Ggml.ggml_backend_buffer_set_usage(handle(), Ggml.GGML_BACKEND_BUFFER_USAGE_WEIGHTS());
    tensors.placedIn(this);
    if (type.isOfCpu()) {
      preferLargePages();
    }
  }

  /** Decoding reads all weights for each token, which large pages make faster. */
  private void preferLargePages() {
    MemorySegment base = Ggml.ggml_backend_buffer_get_base(handle());
    if (!base.equals(MemorySegment.NULL)) {
      Mor.mor_prefer_large_pages(base, byteSize());
    }
  }

  /**
   * Copies the data of one tensor and waits for the copy; {@link Upload} does not wait.
   *
   * @param data native memory, in the format of a GGUF file
   * @throws IllegalArgumentException if the number of bytes differs from the tensor's, or they are
   *     on the heap
   */
  public void fill(Tensor tensor, MemorySegment data) {
    requireOpen();
    if (data.byteSize() != tensor.byteSize() || !data.isNative() || !tensor.isAllocated()) {
      throw new IllegalArgumentException(
          "%s: expected %s bytes of native memory for an allocated tensor, found %s"
              .formatted(tensor, tensor.byteSize(), data));
    }
    Ggml.ggml_backend_tensor_set(tensor.struct(), data, 0, data.byteSize());
  }

  /** Size in bytes. */
  public long byteSize() {
    return Ggml.ggml_backend_buffer_get_size(handle());
  }
}
