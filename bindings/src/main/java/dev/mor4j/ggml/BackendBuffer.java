package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import java.lang.foreign.MemorySegment;

/** Memory of a device that holds tensors' data. Close it before its backend, after its readers. */
public final class BackendBuffer extends NativeObject {

  private BackendBuffer(String what, Threads threads, MemorySegment raw) {
    super(what, threads, raw, Ggml::ggml_backend_buffer_free);
  }

  /**
   * Allocates memory for all tensors of a context that have none, and sets it to zero: attention
   * multiplies masked rows of a cache by zero, and zero times stale NaN is NaN.
   *
   * @throws GgmlException if the device has no room, or no tensor of the context needs any
   */
  public static BackendBuffer allocate(GgmlContext state, BufferType type) {
    BackendBuffer buffer =
        new BackendBuffer(
            "ggml_backend_alloc_ctx_tensors_from_buft",
            Threads.CONFINED,
            Ggml.ggml_backend_alloc_ctx_tensors_from_buft(state.handle(), type.handle()));
    Ggml.ggml_backend_buffer_clear(buffer.handle(), (byte) 0);
    state.placedIn(buffer);
    return buffer;
  }

  /** Bytes held. */
  public long byteSize() {
    return Ggml.ggml_backend_buffer_get_size(handle());
  }
}
