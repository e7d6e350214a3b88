package dev.mor4j.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * One metadata value of a GGUF file. Arrays read from a file are views of its mapping, not copies:
 * they throw {@link IllegalStateException} after the file is closed.
 */
public sealed interface GgufValue {

  /** The type of this value; {@link GgufType#ARRAY} for both kinds of arrays. */
  GgufType type();

  /** A short form for messages, on one line and escaped; long text and arrays are shortened. */
  String preview();

  /**
   * A whole number of any of the eight integer types.
   *
   * @param value the number; for {@link GgufType#UINT64} its 64 bits
   */
  record Whole(GgufType type, long value) implements GgufValue {
    public Whole {
      boolean fits =
          switch (type) {
            case UINT8 -> value >= 0 && value <= 0xFF;
            case INT8 -> value == (byte) value;
            case UINT16 -> value >= 0 && value <= 0xFFFF;
            case INT16 -> value == (short) value;
            case UINT32 -> value >= 0 && value <= 0xFFFF_FFFFL;
            case INT32 -> value == (int) value;
            case UINT64, INT64 -> true;
            case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> false;
          };
      if (!fits) {
        throw new IllegalArgumentException("expected a value of " + type + ", found " + value);
      }
    }

    /** Whether {@link #value} is the number itself: false for {@code uint64} from 2^63 on. */
    public boolean fitsLong() {
      return type != GgufType.UINT64 || value >= 0;
    }

    @Override
    public String preview() {
      return type == GgufType.UINT64 ? Long.toUnsignedString(value) : Long.toString(value);
    }
  }

  /** A single-precision number. */
  record Float32(float value) implements GgufValue {
    @Override
    public GgufType type() {
      return GgufType.FLOAT32;
    }

    @Override
    public String preview() {
      return Float.toString(value);
    }
  }

  /** A double-precision number. */
  record Float64(double value) implements GgufValue {
    @Override
    public GgufType type() {
      return GgufType.FLOAT64;
    }

    @Override
    public String preview() {
      return Double.toString(value);
    }
  }

  /** A boolean. */
  record Bool(boolean value) implements GgufValue {
    @Override
    public GgufType type() {
      return GgufType.BOOL;
    }

    @Override
    public String preview() {
      return Boolean.toString(value);
    }
  }

  /** A string; invalid UTF-8 of a file is replaced by U+FFFD. */
  record Text(String value) implements GgufValue {
    @Override
    public GgufType type() {
      return GgufType.STRING;
    }

    @Override
    public String preview() {
      return Printable.quoted(value);
    }
  }

  /**
   * An array of numbers or booleans, in the file's encoding.
   *
   * @param elementType any type but string and array
   * @param elements little-endian, without gaps; read-only
   */
  record ScalarArray(GgufType elementType, MemorySegment elements) implements GgufValue {
    public ScalarArray {
      if (elementType.bytes() == 0 || elements.byteSize() % elementType.bytes() != 0) {
        throw new IllegalArgumentException(
            "expected whole values of a fixed size, found %s bytes of %s"
                .formatted(elements.byteSize(), elementType));
      }
      elements = elements.asReadOnly();
    }

    @Override
    public GgufType type() {
      return GgufType.ARRAY;
    }

    /** Number of elements. */
    public long size() {
      return elements.byteSize() / elementType.bytes();
    }

    /**
     * One element.
     *
     * @throws IndexOutOfBoundsException if there is no such element
     */
    public GgufValue get(long index) {
      long at = java.util.Objects.checkIndex(index, size()) * elementType.bytes();
      return switch (elementType) {
        case UINT8 -> whole(Byte.toUnsignedLong(elements.get(ValueLayout.JAVA_BYTE, at)));
        case INT8 -> whole(elements.get(ValueLayout.JAVA_BYTE, at));
        case UINT16 -> whole(Short.toUnsignedLong(elements.get(LittleEndian.SHORT, at)));
        case INT16 -> whole(elements.get(LittleEndian.SHORT, at));
        case UINT32 -> whole(Integer.toUnsignedLong(elements.get(LittleEndian.INT, at)));
        case INT32 -> whole(elements.get(LittleEndian.INT, at));
        case UINT64, INT64 -> whole(elements.get(LittleEndian.LONG, at));
        case FLOAT32 -> new Float32(elements.get(LittleEndian.FLOAT, at));
        case FLOAT64 -> new Float64(elements.get(LittleEndian.DOUBLE, at));
        case BOOL -> new Bool(elements.get(ValueLayout.JAVA_BYTE, at) != 0);
        case STRING, ARRAY -> throw new AssertionError(elementType);
      };
    }

    private GgufValue whole(long value) {
      return new Whole(elementType, value);
    }

    @Override
    public String preview() {
      List<String> first = new ArrayList<>();
      for (long i = 0; i < Math.min(size(), PREVIEW_ELEMENTS); i++) {
        first.add(get(i).preview());
      }
      return list(first, size());
    }

    /** Compares element types and bytes. */
    @Override
    public boolean equals(Object other) {
      return other instanceof ScalarArray that
          && elementType == that.elementType
          && elements.mismatch(that.elements) == -1;
    }

    @Override
    public int hashCode() {
      return 31 * elementType.hashCode() + Long.hashCode(size());
    }
  }

  /**
   * An array of strings.
   *
   * @param values unmodifiable; strings of a file are decoded by each {@code get}
   */
  record TextArray(List<String> values) implements GgufValue {
    public TextArray {
      values = values instanceof StringTable table ? table : List.copyOf(values);
    }

    @Override
    public GgufType type() {
      return GgufType.ARRAY;
    }

    @Override
    public String preview() {
      List<String> first = values.stream().limit(PREVIEW_ELEMENTS).map(Printable::quoted).toList();
      return list(first, values.size());
    }
  }

  /** Number of elements that {@link #preview} shows of an array. */
  int PREVIEW_ELEMENTS = 6;

  private static String list(List<String> first, long size) {
    String shown = String.join(", ", first);
    return size <= first.size()
        ? '[' + shown + ']'
        : "[%s, ...] (%s values)".formatted(shown, size);
  }

  /** A value of 0..255. */
  static GgufValue uint8(int value) {
    return new Whole(GgufType.UINT8, value);
  }

  /** A value of -128..127. */
  static GgufValue int8(int value) {
    return new Whole(GgufType.INT8, value);
  }

  /** A value of 0..65535. */
  static GgufValue uint16(int value) {
    return new Whole(GgufType.UINT16, value);
  }

  /** A value of -32768..32767. */
  static GgufValue int16(int value) {
    return new Whole(GgufType.INT16, value);
  }

  /** A value of 0..2^32-1. */
  static GgufValue uint32(long value) {
    return new Whole(GgufType.UINT32, value);
  }

  /** Any {@code int}. */
  static GgufValue int32(int value) {
    return new Whole(GgufType.INT32, value);
  }

  /**
   * An unsigned 64-bit number.
   *
   * @param value its bits, as in {@link Long#toUnsignedString(long)}
   */
  static GgufValue uint64(long value) {
    return new Whole(GgufType.UINT64, value);
  }

  /** Any {@code long}. */
  static GgufValue int64(long value) {
    return new Whole(GgufType.INT64, value);
  }

  /** A single-precision number. */
  static GgufValue float32(float value) {
    return new Float32(value);
  }

  /** A double-precision number. */
  static GgufValue float64(double value) {
    return new Float64(value);
  }

  /** A boolean. */
  static GgufValue bool(boolean value) {
    return new Bool(value);
  }

  /** A string. */
  static GgufValue string(String value) {
    return new Text(value);
  }

  /** An array of strings. */
  static GgufValue strings(List<String> values) {
    return new TextArray(values);
  }

  /** An array of {@code uint8}; the bits count. */
  static GgufValue uint8s(byte[] values) {
    return new ScalarArray(GgufType.UINT8, MemorySegment.ofArray(values.clone()));
  }

  /** An array of {@code int8}. */
  static GgufValue int8s(byte[] values) {
    return new ScalarArray(GgufType.INT8, MemorySegment.ofArray(values.clone()));
  }

  /** An array of {@code uint16}; the bits count. */
  static GgufValue uint16s(short[] values) {
    return array(GgufType.UINT16, LittleEndian.SHORT, values, values.length);
  }

  /** An array of {@code int16}. */
  static GgufValue int16s(short[] values) {
    return array(GgufType.INT16, LittleEndian.SHORT, values, values.length);
  }

  /** An array of {@code uint32}; the bits count. */
  static GgufValue uint32s(int[] values) {
    return array(GgufType.UINT32, LittleEndian.INT, values, values.length);
  }

  /** An array of {@code int32}. */
  static GgufValue int32s(int[] values) {
    return array(GgufType.INT32, LittleEndian.INT, values, values.length);
  }

  /** An array of {@code uint64}; the bits count. */
  static GgufValue uint64s(long[] values) {
    return array(GgufType.UINT64, LittleEndian.LONG, values, values.length);
  }

  /** An array of {@code int64}. */
  static GgufValue int64s(long[] values) {
    return array(GgufType.INT64, LittleEndian.LONG, values, values.length);
  }

  /** An array of single-precision numbers. */
  static GgufValue float32s(float[] values) {
    return array(GgufType.FLOAT32, LittleEndian.FLOAT, values, values.length);
  }

  /** An array of double-precision numbers. */
  static GgufValue float64s(double[] values) {
    return array(GgufType.FLOAT64, LittleEndian.DOUBLE, values, values.length);
  }

  /** An array of booleans. */
  static GgufValue bools(boolean[] values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) (values[i] ? 1 : 0);
    }
    return new ScalarArray(GgufType.BOOL, MemorySegment.ofArray(bytes));
  }

  private static GgufValue array(GgufType type, ValueLayout layout, Object values, int length) {
    MemorySegment elements =
        MemorySegment.ofArray(new byte[Math.multiplyExact(length, type.bytes())]);
    MemorySegment.copy(values, 0, elements, layout, 0, length);
    return new ScalarArray(type, elements);
  }
}
