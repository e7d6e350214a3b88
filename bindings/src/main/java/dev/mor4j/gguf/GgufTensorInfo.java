package dev.mor4j.gguf;

/**
 * The entry of one tensor in a GGUF file.
 *
 * @param name at most {@value #MAX_NAME_BYTES} bytes of UTF-8
 * @param shape sizes in ggml order, fastest first, none of them 0
 * @param dimensionCount number of sizes that the file states, 1..4; may count trailing sizes of 1
 * @param offset first byte, absolute in the file
 * @param byteSize bytes of data
 */
public record GgufTensorInfo(
    String name, TensorType type, Shape shape, int dimensionCount, long offset, long byteSize) {

  /** Maximum length of a name in ggml: {@code GGML_MAX_NAME} without the terminating NUL. */
  public static final int MAX_NAME_BYTES = 63;

  public GgufTensorInfo {
    if (dimensionCount < shape.dimensionCount() || dimensionCount > Shape.MAX_DIMENSIONS) {
      throw new IllegalArgumentException(
          "%s: expected %s..4 sizes, found %s"
              .formatted(Printable.oneLine(name), shape.dimensionCount(), dimensionCount));
    }
    long expected = byteSize(type, shape);
    if (byteSize != expected) {
      throw new IllegalArgumentException(
          "%s: expected %s bytes for %s %s, found %s"
              .formatted(Printable.oneLine(name), expected, type, shape, byteSize));
    }
    if (offset < 0 || offset > Long.MAX_VALUE - byteSize) {
      throw new IllegalArgumentException(
          "%s: offset %s out of range".formatted(Printable.oneLine(name), offset));
    }
  }

  /**
   * Bytes of a tensor whose rows have no gaps.
   *
   * @throws IllegalArgumentException if a row is not a multiple of the type's block, or a size is 0
   * @throws ArithmeticException if the result does not fit a long
   */
  static long byteSize(TensorType type, Shape shape) {
    long bytes = Math.multiplyExact(type.rowBytes(shape.size0()), shape.rowCount());
    if (bytes == 0) {
      throw new IllegalArgumentException("expected sizes above 0, found " + shape);
    }
    return bytes;
  }

  /** One past the last byte of the data, absolute in the file. */
  long end() {
    return offset + byteSize;
  }
}
