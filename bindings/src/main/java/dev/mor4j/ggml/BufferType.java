package dev.mor4j.ggml;

import java.lang.foreign.MemorySegment;

/** A kind of memory that a device can compute on; lives as long as the process. */
public final class BufferType {
  private final MemorySegment handle;

  BufferType(MemorySegment handle) {
    this.handle = handle;
  }

  MemorySegment handle() {
    return handle;
  }
}
