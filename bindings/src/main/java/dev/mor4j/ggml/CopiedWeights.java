package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Mor;
import java.lang.foreign.MemorySegment;

/**
 * Tensors copied into memory that a device computes on best, in whatever layout that memory has:
 * they can be multiplied with, not read back. Read-only once filled; shared by any number of
 * engines. Close it after all who read the tensors.
 */
public final class CopiedWeights extends NativeObject {

  /**
   * Takes the memory.
   *
   * @param tensors all of them tensors that the memory {@link BufferType#multiplies multiplies}
   * @throws GgmlException if there is no room
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

  /** Decoding reads all weights for each token. */
  private void preferLargePages() {
    MemorySegment base = Ggml.ggml_backend_buffer_get_base(handle());
    if (!base.equals(MemorySegment.NULL)) {
      Mor.mor_prefer_large_pages(base, byteSize());
    }
  }

  /**
   * Copies one tensor's data; {@link Upload} does it without waiting.
   *
   * @param data native, as a GGUF file holds it
   * @throws IllegalArgumentException if there are more or fewer bytes than the tensor has, or they
   *     are on the heap
   */
  public void fill(Tensor tensor, MemorySegment data) {
    requireOpen();
    if (data.byteSize() != tensor.byteSize() || !data.isNative() || !tensor.isAllocated()) {
      throw new IllegalArgumentException(
          "%s: expected %s bytes of native memory for a tensor with a place, found %s"
              .formatted(tensor, tensor.byteSize(), data));
    }
    Ggml.ggml_backend_tensor_set(tensor.struct(), data, 0, data.byteSize());
  }

  /** Bytes held. */
  public long byteSize() {
    return Ggml.ggml_backend_buffer_get_size(handle());
  }
}
