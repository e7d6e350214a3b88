package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import java.lang.foreign.MemorySegment;

/** Memory of a device that holds tensors' data. Close it before its backend, after its readers. */
public final class BackendBuffer extends NativeObject {

  private BackendBuffer(String what, Threads threads, MemorySegment raw) {
    super(what, threads, raw, Ggml::ggml_backend_buffer_free);
  }

  /** What fresh memory holds. */
  public enum Contents {
    /**
     * Zeros: masked attention multiplies rows of a cache by zero that nobody wrote yet, and zero
     * times stale NaN is NaN.
     */
    ZEROED,
    /**
     * Anything: nobody reads what was not written, and untouched pages cost the process nothing.
     */
    UNDEFINED
  }

  /** As {@link #allocate(GgmlContext, BufferType, Contents)}, with zeros. */
  public static BackendBuffer allocate(GgmlContext state, BufferType type) {
    return allocate(state, type, Contents.ZEROED);
  }

  /**
   * Allocates memory for all tensors of a context that have none.
   *
   * @throws GgmlException if the device has no room, or no tensor of the context needs any
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

  /** Bytes held. */
  public long byteSize() {
    return Ggml.ggml_backend_buffer_get_size(handle());
  }
}
