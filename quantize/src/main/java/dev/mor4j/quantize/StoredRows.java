package dev.mor4j.quantize;

import dev.mor4j.ggml.Quantization;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * Rows of a tensor in a GGUF file.
 *
 * @param bytes the whole tensor, in native memory
 */
record StoredRows(TensorType type, long rowValues, MemorySegment bytes) implements RowSource {

  @Override
  public MemorySegment rows(long first, long count, MemorySegment room) {
    long rowBytes = type.rowBytes(rowValues);
    MemorySegment stored = bytes.asSlice(first * rowBytes, count * rowBytes);
    if (type == TensorType.F32) {
      return stored;
    }
    Quantization.decode(type, stored, room, count, rowValues);
    return room;
  }
}
