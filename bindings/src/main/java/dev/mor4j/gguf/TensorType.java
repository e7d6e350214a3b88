package dev.mor4j.gguf;

import java.util.Optional;

/**
 * Element types of tensors, as GGUF files number them and ggml lays them out: values come in blocks
 * of {@link #blockSize} that take {@link #blockBytes} bytes.
 *
 * <p>Source: {@code ggml_type} in ggml.h and the block structs of ggml-common.h; a test holds the
 * table against the loaded ggml.
 */
public enum TensorType {
  F32(0, 1, 4),
  F16(1, 1, 2),
  Q4_0(2, 32, 18),
  Q4_1(3, 32, 20),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, 32, 34),
  Q8_1(9, 32, 36),
  Q2_K(10, 256, 84),
  Q3_K(11, 256, 110),
  Q4_K(12, 256, 144),
  Q5_K(13, 256, 176),
  Q6_K(14, 256, 210),
  Q8_K(15, 256, 292),
  IQ2_XXS(16, 256, 66),
  IQ2_XS(17, 256, 74),
  IQ3_XXS(18, 256, 98),
  IQ1_S(19, 256, 50),
  IQ4_NL(20, 32, 18),
  IQ3_S(21, 256, 110),
  IQ2_S(22, 256, 82),
  IQ4_XS(23, 256, 136),
  I8(24, 1, 1),
  I16(25, 1, 2),
  I32(26, 1, 4),
  I64(27, 1, 8),
  F64(28, 1, 8),
  IQ1_M(29, 256, 56),
  BF16(30, 1, 2),
  TQ1_0(34, 256, 54),
  TQ2_0(35, 256, 66),
  MXFP4(39, 32, 17),
  NVFP4(40, 64, 36),
  Q1_0(41, 128, 18),
  Q2_0(42, 64, 18);

  private static final TensorType[] BY_ID = new TensorType[43];

  static {
    for (TensorType type : values()) {
      BY_ID[type.id] = type;
    }
  }

  private final int id;
  private final int blockSize;
  private final int blockBytes;

  TensorType(int id, int blockSize, int blockBytes) {
    this.id = id;
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
  }

  /**
   * The type with the given number in a GGUF file; empty for numbers that are unknown or retired.
   */
  public static Optional<TensorType> byId(int id) {
    return id >= 0 && id < BY_ID.length ? Optional.ofNullable(BY_ID[id]) : Optional.empty();
  }

  /** The number that stands for this type in GGUF files and in ggml. */
  public int id() {
    return id;
  }

  /** Values per block; the first size of a tensor must be a multiple of it. */
  public int blockSize() {
    return blockSize;
  }

  /** Bytes per block. */
  public int blockBytes() {
    return blockBytes;
  }

  /** Whether several values share a block, so that single values cannot be addressed. */
  public boolean isQuantized() {
    return blockSize > 1;
  }

  /**
   * Bytes of one row.
   *
   * @param values number of values, a multiple of {@link #blockSize}
   * @throws IllegalArgumentException if it is not
   * @throws ArithmeticException if the result does not fit a long
   */
  public long rowBytes(long values) {
    if (values < 0 || values % blockSize != 0) {
      throw new IllegalArgumentException(
          this + ": expected a row of a multiple of " + blockSize + " values, found " + values);
    }
    return Math.multiplyExact(values / blockSize, (long) blockBytes);
  }
}
