package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Structs;
import dev.mor4j.ggml.ffi.ggml_to_float_t;
import dev.mor4j.ggml.ffi.ggml_type_traits;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** ggml's encoders and decoders of tensor types. Any thread; rows may be processed in parallel. */
public final class Quantization {
  /** The largest F16 value: the scales of blocks are F16. */
  static final float LARGEST_VALUE = 65504;

  /** Far above any mean square of activations; sums of products with it remain finite. */
  public static final float LARGEST_IMPORTANCE = 1e12f;

  private Quantization() {}

  /**
   * Encodes F32 rows.
   *
   * @param type a type that ggml encodes without an importance matrix
   * @param source F32, {@code rows * valuesPerRow} values, native
   * @param target native, exactly as many bytes as the encoded rows
   * @throws IllegalArgumentException if sizes do not match, the type needs importances, or a
   *     quantized type is given a value that is not finite or above {@value #LARGEST_VALUE}
   */
  public static void encode(
      TensorType type, MemorySegment source, MemorySegment target, long rows, long valuesPerRow) {
    GgmlLibrary.load();
    checkSizes(type, target, source, rows, valuesPerRow);
    if (requiresImportances(type)) {
      throw new IllegalArgumentException(type + ": ggml cannot encode it without importances");
    }
    encode(type, source, target, rows, valuesPerRow, MemorySegment.NULL);
  }

  /**
   * Encodes F32 rows with errors weighted by the importance of their columns. Encoders that do not
   * weight errors ignore the importances.
   *
   * @param importances F32, one for each value of a row, 0 to {@value #LARGEST_IMPORTANCE}, native
   * @throws IllegalArgumentException as {@link #encode(TensorType, MemorySegment, MemorySegment,
   *     long, long)}, or if importances do not match
   */
  public static void encodeWeighted(
      TensorType type,
      MemorySegment source,
      MemorySegment target,
      long rows,
      long valuesPerRow,
      MemorySegment importances) {
    GgmlLibrary.load();
    checkSizes(type, target, source, rows, valuesPerRow);
    if (!importances.isNative() || importances.byteSize() != valuesPerRow * Float.BYTES) {
      throw new IllegalArgumentException(
          "%s: expected importances of %s native bytes, found %s"
              .formatted(type, valuesPerRow * Float.BYTES, importances.byteSize()));
    }
    checkImportances(type, importances);
    encode(type, source, target, rows, valuesPerRow, importances);
  }

  private static void encode(
      TensorType type,
      MemorySegment source,
      MemorySegment target,
      long rows,
      long valuesPerRow,
      MemorySegment importances) {
    if (type == TensorType.F32) {
      target.copyFrom(source);
      return;
    }
    if (!TypeSupport.isReadable(type)) {
      throw new IllegalArgumentException(type + ": ggml has no encoder for it");
    }
    if (type.isQuantized()) {
      checkValues(type, source);
    }
    Ggml.ggml_quantize_chunk(type.id(), source, target, 0, rows, valuesPerRow, importances);
  }

  /** Whether ggml encodes the type with importances only. */
  public static boolean requiresImportances(TensorType type) {
    GgmlLibrary.load();
    return Ggml.ggml_quantize_requires_imatrix(type.id());
  }

  /** Whether {@link #decode} reads the type. */
  public static boolean isDecodable(TensorType type) {
    return TypeSupport.isReadable(type);
  }

  /**
   * Decodes rows to F32.
   *
   * @param source native, exactly the bytes of the encoded rows
   * @param target F32, {@code rows * valuesPerRow} values, native
   * @throws IllegalArgumentException if sizes do not match or the type has no decoder
   */
  public static void decode(
      TensorType type, MemorySegment source, MemorySegment target, long rows, long valuesPerRow) {
    GgmlLibrary.load();
    checkSizes(type, source, target, rows, valuesPerRow);
    if (type == TensorType.F32) {
      target.copyFrom(source);
      return;
    }
    if (!TypeSupport.isReadable(type)) {
      throw new IllegalArgumentException(type + ": ggml has no decoder for it");
    }
    ggml_to_float_t.invoke(decoder(type), source, target, rows * valuesPerRow);
  }

  private static void checkSizes(
      TensorType type, MemorySegment encoded, MemorySegment floats, long rows, long valuesPerRow) {
    long count = floats.byteSize() / Float.BYTES;
    if (rows < 1 || valuesPerRow < 1 || rows > count / valuesPerRow) {
      throw new IllegalArgumentException(
          "%s: expected F32 memory for %s rows of %s values, at least one of each, found %s bytes"
              .formatted(type, rows, valuesPerRow, floats.byteSize()));
    }
    // No overflow from here on, because that many values are in memory.
    long encodedBytes = rows * type.rowBytes(valuesPerRow);
    long floatBytes = rows * TensorType.F32.rowBytes(valuesPerRow);
    if (!encoded.isNative()
        || !floats.isNative()
        || encoded.byteSize() != encodedBytes
        || floats.byteSize() != floatBytes) {
      throw new IllegalArgumentException(
          "%s: expected native memory of %s and %s bytes, found %s and %s"
              .formatted(type, encodedBytes, floatBytes, encoded.byteSize(), floats.byteSize()));
    }
  }

  /** Searching encoders end the process if no distance is finite: NaN, infinity, overflow. */
  private static void checkValues(TensorType type, MemorySegment values) {
    long count = values.byteSize() / Float.BYTES;
    for (long index = 0; index < count; index++) {
      float value = values.get(Ggml.C_FLOAT, index * Float.BYTES);
      if (!(Math.abs(value) <= LARGEST_VALUE)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s: expected values from %.0f to %.0f, found %s at %s",
                type,
                -LARGEST_VALUE,
                LARGEST_VALUE,
                value,
                index));
      }
    }
  }

  /** NaN or overflow would leave searching encoders without a best candidate. */
  private static void checkImportances(TensorType type, MemorySegment importances) {
    long count = importances.byteSize() / Float.BYTES;
    for (long index = 0; index < count; index++) {
      float importance = importances.get(Ggml.C_FLOAT, index * Float.BYTES);
      if (!(importance >= 0 && importance <= LARGEST_IMPORTANCE)) {
        throw new IllegalArgumentException(
            "%s: expected importances from 0 to %s, found %s at %s"
                .formatted(type, LARGEST_IMPORTANCE, importance, index));
      }
    }
  }

  /** ggml's number of values per block, for the test of {@link TensorType}. */
  static long blockSize(TensorType type) {
    GgmlLibrary.load();
    return Ggml.ggml_blck_size(type.id());
  }

  /** ggml's number of bytes per block, for the test of {@link TensorType}. */
  static long blockBytes(TensorType type) {
    GgmlLibrary.load();
    return Ggml.ggml_type_size(type.id());
  }

  /** Whether ggml has a decoder, for the test of {@link TypeSupport}. */
  static boolean hasDecoder(TensorType type) {
    GgmlLibrary.load();
    return !decoder(type).equals(MemorySegment.NULL);
  }

  private static MemorySegment decoder(TensorType type) {
    try (Arena call = Arena.ofConfined()) {
      return ggml_type_traits.to_float(
          Structs.typeTraits(Ggml.ggml_get_type_traits(type.id()), call));
    }
  }
}
