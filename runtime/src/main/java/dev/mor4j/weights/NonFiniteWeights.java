package dev.mor4j.weights;

import dev.mor4j.ggml.Quantization;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufTensorInfo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Finds weights that are NaN or infinite. Reads the whole file if there is none, so it is meant for
 * the explanation of a failure, not for loading.
 */
public final class NonFiniteWeights {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

  /** Values that are decoded at a time; a longer row is decoded as a whole. */
  private static final long DECODED_VALUES = 1 << 16;

  private NonFiniteWeights() {}

  /**
   * The first weight, in file order, that is not finite.
   *
   * @param tensor name of its tensor
   * @param index its index in the tensor, fastest dimension first
   * @param value NaN or an infinity
   */
  public record Found(String tensor, long index, float value) {}

  /**
   * Searches all tensors whose types have a decoder.
   *
   * @return empty if all weights are finite
   * @throws IllegalStateException if the file is closed meanwhile
   */
  public static Optional<Found> first(GgufFile file) {
    for (GgufTensorInfo tensor : file.tensors()) {
      if (Quantization.isDecodable(tensor.type())) {
        Optional<Found> found = first(tensor, file.data(tensor));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Found> first(GgufTensorInfo tensor, MemorySegment data) {
    long rowLength = tensor.shape().size0();
    long rowBytes = tensor.type().rowBytes(rowLength);
    long rowCount = tensor.shape().rowCount();
    long rowsAtATime = Math.clamp(DECODED_VALUES / rowLength, 1, rowCount);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment values = arena.allocate(rowsAtATime * rowLength * Float.BYTES, Float.BYTES);
      for (long row = 0; row < rowCount; row += rowsAtATime) {
        long count = Math.min(rowsAtATime, rowCount - row);
        MemorySegment decoded = values.asSlice(0, count * rowLength * Float.BYTES);
        Quantization.decode(
            tensor.type(),
            data.asSlice(row * rowBytes, count * rowBytes),
            decoded,
            count,
            rowLength);
        for (long i = 0; i < count * rowLength; i++) {
          float value = decoded.get(FLOAT, i * Float.BYTES);
          if (!Float.isFinite(value)) {
            return Optional.of(new Found(tensor.name(), row * rowLength + i, value));
          }
        }
      }
    }
    return Optional.empty();
  }
}
