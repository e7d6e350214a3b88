package dev.mor4j.quantize.checkpoint;

import java.util.Optional;

/** The type of a checkpoint tensor's values, named as safetensors files name it. */
public enum ElementType {
  F64(8, "DoubleStorage"),
  F32(4, "FloatStorage"),
  F16(2, "HalfStorage"),
  BF16(2, "BFloat16Storage"),
  I64(8, "LongStorage"),
  I32(4, "IntStorage"),
  I16(2, "ShortStorage"),
  I8(1, "CharStorage"),
  U8(1, "ByteStorage"),
  BOOL(1, "BoolStorage");

  private final int bytes;
  private final String storageClass;

  ElementType(int bytes, String storageClass) {
    this.bytes = bytes;
    this.storageClass = storageClass;
  }

  /** Bytes of one value. */
  public int bytes() {
    return bytes;
  }

  /** Whether values are floating-point numbers, as all weights must be. */
  public boolean isFloatingPoint() {
    return switch (this) {
      case F64, F32, F16, BF16 -> true;
      case I64, I32, I16, I8, U8, BOOL -> false;
    };
  }

  /** The type that a safetensors header calls {@code word}. */
  static Optional<ElementType> ofSafetensors(String word) {
    for (ElementType type : values()) {
      if (type.name().equals(word)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** The type of the values in PyTorch's {@code torch.<storageClass>}. */
  static Optional<ElementType> ofStorageClass(String storageClass) {
    for (ElementType type : values()) {
      if (type.storageClass.equals(storageClass)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
