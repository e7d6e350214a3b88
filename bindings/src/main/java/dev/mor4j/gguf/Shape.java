package dev.mor4j.gguf;

/**
 * The sizes of a tensor in ggml order, fastest first; unused sizes are 1. A matrix as PyTorch
 * stores it, {@code [rows, columns]}, has the shape {@code [columns, rows]} here.
 *
 * @param size0 values per row, contiguous in memory
 * @param size1 rows
 * @param size2 matrices
 * @param size3 stacks of matrices
 */
public record Shape(long size0, long size1, long size2, long size3) {

  /** Maximum number of sizes in ggml ({@code GGML_MAX_DIMS}). */
  public static final int MAX_DIMENSIONS = 4;

  public Shape {
    if (size0 < 0 || size1 < 0 || size2 < 0 || size3 < 0) {
      throw new IllegalArgumentException(
          "negative size in [%s, %s, %s, %s]".formatted(size0, size1, size2, size3));
    }
  }

  /** A shape of one to four sizes, fastest first. */
  public static Shape of(long... sizes) {
    if (sizes.length < 1 || sizes.length > MAX_DIMENSIONS) {
      throw new IllegalArgumentException("expected 1 to 4 sizes, found " + sizes.length);
    }
    return new Shape(
        sizes[0],
        sizes.length > 1 ? sizes[1] : 1,
        sizes.length > 2 ? sizes[2] : 1,
        sizes.length > 3 ? sizes[3] : 1);
  }

  /**
   * Number of values.
   *
   * @throws ArithmeticException if it does not fit a long
   */
  public long valueCount() {
    return Math.multiplyExact(size0, rowCount());
  }

  /**
   * Number of rows of {@link #size0} values.
   *
   * @throws ArithmeticException if it does not fit a long
   */
  public long rowCount() {
    return Math.multiplyExact(size1, Math.multiplyExact(size2, size3));
  }

  /** Sizes up to the last that is not 1; at least one. */
  public int dimensionCount() {
    if (size3 != 1) {
      return 4;
    }
    if (size2 != 1) {
      return 3;
    }
    return size1 != 1 ? 2 : 1;
  }

  /** The first {@link #dimensionCount} sizes. */
  public long[] sizes() {
    return switch (dimensionCount()) {
      case 1 -> new long[] {size0};
      case 2 -> new long[] {size0, size1};
      case 3 -> new long[] {size0, size1, size2};
      default -> new long[] {size0, size1, size2, size3};
    };
  }

  /** Such as {@code [256, 4096]}, fastest size first. */
  @Override
  public String toString() {
    return java.util.Arrays.toString(sizes());
  }
}
