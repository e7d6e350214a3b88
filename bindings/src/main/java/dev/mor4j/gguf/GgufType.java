package dev.mor4j.gguf;

import java.util.Locale;
import java.util.Optional;

/**
 * The 13 types of metadata values, as GGUF files number them.
 *
 * <p>Source: {@code gguf_type} in gguf.h.
 */
public enum GgufType {
  UINT8(0, 1),
  INT8(1, 1),
  UINT16(2, 2),
  INT16(3, 2),
  UINT32(4, 4),
  INT32(5, 4),
  FLOAT32(6, 4),
  BOOL(7, 1),
  STRING(8, 0),
  ARRAY(9, 0),
  UINT64(10, 8),
  INT64(11, 8),
  FLOAT64(12, 8);

  private static final GgufType[] BY_ID = new GgufType[13];

  static {
    for (GgufType type : values()) {
      BY_ID[type.id] = type;
    }
  }

  private final int id;
  private final int bytes;

  GgufType(int id, int bytes) {
    this.id = id;
    this.bytes = bytes;
  }

  /** The type with the given number in a GGUF file; empty for unknown numbers. */
  public static Optional<GgufType> byId(long id) {
    return id >= 0 && id < BY_ID.length ? Optional.of(BY_ID[(int) id]) : Optional.empty();
  }

  /** The number that stands for this type in GGUF files. */
  public int id() {
    return id;
  }

  /** Bytes of one value; 0 for strings and arrays, whose size varies. */
  public int bytes() {
    return bytes;
  }

  /** Whether values of this type are whole numbers, signed or not. */
  public boolean isWhole() {
    return switch (this) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
      case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> false;
    };
  }

  /** The name in the GGUF specification, such as {@code uint32}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
