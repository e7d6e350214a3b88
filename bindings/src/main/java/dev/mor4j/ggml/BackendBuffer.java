package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import java.lang.foreign.MemorySegment;

/**
 * Device memory that holds the data of tensors. Close it after everything that reads the tensors
 * and before its backend.
 */
public final class BackendBuffer extends NativeObject {

  private BackendBuffer(String what, Threads threads, MemorySegment raw) {
    super(what, threads, raw, Ggml::ggml_backend_buffer_free);
  }

  /** The initial contents of the memory. */
  public enum Contents {
    /**
     * Zeros. Masked attention multiplies unwritten rows of a cache by zero, and zero times NaN is
     * NaN.
     */
    ZEROED,
    /**
     * Undefined, for memory that is not read before it is written. Untouched pages take no physical
     * memory.
     */
    UNDEFINED
  }

  /** Like {@link #allocate(GgmlContext, BufferType, Contents)}, with zeros. */
  public static BackendBuffer allocate(GgmlContext state, BufferType type) {
    return allocate(state, type, Contents.ZEROED);
  }

  /**
   * Allocates memory for all tensors of a context that have no memory yet.
   *
   * @throws GgmlException if the device has not enough memory, or no tensor of the context needs
   *     any
   */
  public static BackendBuffer allocate(GgmlContext state, BufferType type, Contents contents) {
    BackendBuffer buffer =
        new BackendBuffer(
            "ggml_backend_alloc_ctx_tensors_from_buft",
            Threads.CONFINED,
            Ggml.ggml_backend_alloc_ctx_tensors_from_buft(state.handle(), type.handle()));
    if (contents == Contents.ZEROED) {
      Ggml.ggml_backend_buffer_clear(buffer.handle(), (byte) 0);
    }
    state.placedIn(buffer);
    return buffer;
  }

  /** Size in bytes. */
  public long byteSize() {
    return Ggml.ggml_backend_buffer_get_size(handle());
  }
}
