package dev.mor4j.quantize;

import dev.mor4j.gguf.TensorType;
import dev.mor4j.quantize.checkpoint.CheckpointException;
import dev.mor4j.quantize.checkpoint.CheckpointTensor;
import dev.mor4j.quantize.checkpoint.ElementType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Turns the values of one checkpoint tensor into a stored type, piece by piece. */
final class TensorEncoder {
  /** Values per piece; a multiple of every block size, so pieces never cut a block. */
  private static final int PIECE_VALUES = 1 << 16;

  /** Takes one encoded piece; it is valid during the call only. */
  interface Sink {
    void accept(MemorySegment encoded) throws IOException;
  }

  private final float[] values = new float[PIECE_VALUES];
  private final MemorySegment encoded = MemorySegment.ofArray(new byte[PIECE_VALUES * Float.BYTES]);

  /**
   * Encodes all values of {@code source} in order.
   *
   * @throws CheckpointException naming the tensor if a value does not fit the type
   */
  void encode(CheckpointTensor source, TensorType type, Sink sink) throws IOException {
    boolean asStored = isStoredAs(source.type(), type);
    RowEncoder encoder = RowEncoder.of(type);
    long valueCount = source.valueCount();
    for (long first = 0; first < valueCount; first += PIECE_VALUES) {
      int count = (int) Math.min(PIECE_VALUES, valueCount - first);
      if (asStored) {
        sink.accept(source.bytes(first, count));
        continue;
      }
      source.floats(first, values, count);
      MemorySegment piece = encoded.asSlice(0, type.rowBytes(count));
      try {
        encoder.encode(values, count, piece);
      } catch (ArithmeticException unfit) {
        throw new CheckpointException(
            source.file(), "tensor %s: %s".formatted(source.name(), unfit.getMessage()), unfit);
      }
      sink.accept(piece);
    }
  }

  private static boolean isStoredAs(ElementType source, TensorType type) {
    return switch (source) {
      case F32 -> type == TensorType.F32;
      case F16 -> type == TensorType.F16;
      case BF16 -> type == TensorType.BF16;
      case F64, I64, I32, I16, I8, U8, BOOL -> false;
    };
  }
}
