package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Structs;
import dev.mor4j.ggml.ffi.ggml_to_float_t;
import dev.mor4j.ggml.ffi.ggml_type_traits;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** ggml's encoders and decoders of tensor types. Any thread; different rows may run in parallel. */
public final class Quantization {
  private Quantization() {}

  /**
   * Encodes F32 rows.
   *
   * @param type a type that ggml writes without an importance matrix
   * @param source F32, {@code rows * valuesPerRow} values, native
   * @param target native, exactly the rows' encoded bytes
   * @throws IllegalArgumentException if sizes do not fit or the type cannot be written so
   */
  public static void encode(
      TensorType type, MemorySegment source, MemorySegment target, long rows, long valuesPerRow) {
    GgmlLibrary.load();
    checkSizes(type, target, source, rows, valuesPerRow);
    if (type == TensorType.F32) {
      target.copyFrom(source);
      return;
    }
    if (!isWritable(type)) {
      throw new IllegalArgumentException(type + ": ggml does not write it without importances");
    }
    Ggml.ggml_quantize_chunk(type.id(), source, target, 0, rows, valuesPerRow, MemorySegment.NULL);
  }

  /**
   * Decodes rows to F32.
   *
   * @param source native, exactly the rows' encoded bytes
   * @param target F32, {@code rows * valuesPerRow} values, native
   * @throws IllegalArgumentException if sizes do not fit or the type has no decoder
   */
  public static void decode(
      TensorType type, MemorySegment source, MemorySegment target, long rows, long valuesPerRow) {
    GgmlLibrary.load();
    checkSizes(type, source, target, rows, valuesPerRow);
    if (type == TensorType.F32) {
      target.copyFrom(source);
      return;
    }
    MemorySegment decoder = traits(type, ggml_type_traits::to_float);
    if (decoder.equals(MemorySegment.NULL)) {
      throw new IllegalArgumentException(type + ": ggml has no decoder for it");
    }
    ggml_to_float_t.invoke(decoder, source, target, rows * valuesPerRow);
  }

  private static boolean isWritable(TensorType type) {
    return (type == TensorType.F16 || type == TensorType.BF16 || type.isQuantized())
        && type != TensorType.Q8_1
        && type != TensorType.Q8_K
        && !Ggml.ggml_quantize_requires_imatrix(type.id());
  }

  private static void checkSizes(
      TensorType type, MemorySegment encoded, MemorySegment floats, long rows, long valuesPerRow) {
    long encodedBytes = Math.multiplyExact(rows, type.rowBytes(valuesPerRow));
    long floatBytes = Math.multiplyExact(rows, TensorType.F32.rowBytes(valuesPerRow));
    if (!encoded.isNative()
        || !floats.isNative()
        || encoded.byteSize() != encodedBytes
        || floats.byteSize() != floatBytes) {
      throw new IllegalArgumentException(
          "%s: expected native memory of %d and %d bytes, found %d and %d"
              .formatted(type, encodedBytes, floatBytes, encoded.byteSize(), floats.byteSize()));
    }
  }

  /** Values per block as ggml says, for the test of {@link TensorType}. */
  static long blockSize(TensorType type) {
    GgmlLibrary.load();
    return Ggml.ggml_blck_size(type.id());
  }

  /** Bytes per block as ggml says, for the test of {@link TensorType}. */
  static long blockBytes(TensorType type) {
    GgmlLibrary.load();
    return Ggml.ggml_type_size(type.id());
  }

  private static <V> V traits(
      TensorType type, java.util.function.Function<MemorySegment, V> property) {
    try (Arena call = Arena.ofConfined()) {
      return property.apply(Structs.typeTraits(Ggml.ggml_get_type_traits(type.id()), call));
    }
  }
}
