package dev.mor4j.quantize;

import dev.mor4j.gguf.TensorType;
import dev.mor4j.quantize.checkpoint.CheckpointTensor;
import dev.mor4j.quantize.checkpoint.ElementType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * Encodes checkpoint tensors in the types of the file, piece by piece, on all cores. For one
 * thread, as {@link RowsEncoder} is.
 */
final class TensorEncoder implements AutoCloseable {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Values per piece of a tensor that is copied. */
  private static final int PIECE_VALUES = 1 << 16;

  private final RowsEncoder encoder;

  /**
   * @param tensors all that will be encoded
   */
  TensorEncoder(List<StoredTensor> tensors) {
    List<TensorRows> rows = tensors.stream().map(tensor -> rows(tensor, tensor.source())).toList();
    encoder = new RowsEncoder(rows, QuantizationOptions.allCores());
  }

  /**
   * Encodes all values of a source in order.
   *
   * @param source one of the sources of the stored tensor
   * @throws QuantizationException naming the source if a value is not finite or does not fit the
   *     type
   */
  void encode(StoredTensor stored, CheckpointTensor source, RowsEncoder.Sink sink)
      throws IOException {
    if (!isStoredAs(source.type(), stored.type())) {
      encoder.encode(rows(stored, source), Optional.empty(), sink);
      return;
    }
    long valueCount = source.valueCount();
    for (long first = 0; first < valueCount; first += PIECE_VALUES) {
      MemorySegment piece = source.bytes(first, (int) Math.min(PIECE_VALUES, valueCount - first));
      requireFinite(source, piece);
      sink.accept(piece);
    }
  }

  private static void requireFinite(CheckpointTensor source, MemorySegment piece)
      throws QuantizationException {
    boolean isSingle = source.type() == ElementType.F32;
    for (long at = 0; at < piece.byteSize(); at += isSingle ? Float.BYTES : Short.BYTES) {
      float value =
          switch (source.type()) {
            case F32 -> piece.get(FLOAT, at);
            case F16 -> Float.float16ToFloat(piece.get(SHORT, at));
            case BF16 -> Float.intBitsToFloat(piece.get(SHORT, at) << 16);
            case F64, I64, I32, I16, I8, U8, BOOL ->
                throw new IllegalStateException(source.type() + " is not copied as it is");
          };
      if (!Float.isFinite(value)) {
        throw new QuantizationException(
            source.file(),
            "tensor %s: expected finite values, found %s".formatted(source.name(), value));
      }
    }
  }

  private static TensorRows rows(StoredTensor stored, CheckpointTensor source) {
    long rowValues = stored.shape().size0();
    return new TensorRows(
        source.file(),
        source.name(),
        stored.shape(),
        stored.type(),
        (first, count, room) -> floats(source, first * rowValues, room));
  }

  private static MemorySegment floats(CheckpointTensor source, long first, MemorySegment room) {
    source.floats(first, room);
    return room;
  }

  private static boolean isStoredAs(ElementType source, TensorType type) {
    return switch (source) {
      case F32 -> type == TensorType.F32;
      case F16 -> type == TensorType.F16;
      case BF16 -> type == TensorType.BF16;
      case F64, I64, I32, I16, I8, U8, BOOL -> false;
    };
  }

  @Override
  public void close() {
    encoder.close();
  }
}
