package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Structs;
import java.lang.foreign.MemorySegment;

/** Host memory from which a device copies fast. Confined to the thread that created it. */
final class StagingMemory extends NativeObject {
  private final MemorySegment bytes;

  /**
   * @throws GgmlException if there is not enough memory
   */
  StagingMemory(BufferType type, long byteSize) {
    super(
        "ggml_backend_buft_alloc_buffer(" + type + ")",
        Threads.CONFINED,
        Ggml.ggml_backend_buft_alloc_buffer(type.handle(), byteSize),
        Ggml::ggml_backend_buffer_free);
    bytes = Structs.memory(Ggml.ggml_backend_buffer_get_base(handle()), byteSize, arena());
  }

  /** The memory. */
  MemorySegment bytes() {
    return bytes;
  }
}
