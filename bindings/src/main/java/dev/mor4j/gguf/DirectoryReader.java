package dev.mor4j.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a GGUF file except for the tensors' data, and checks every number before it is used.
 *
 * <p>Source: the format page of ggml (docs/gguf.md), and gguf.cpp for what ggml rejects.
 */
final class DirectoryReader {
  static final int MAGIC = 0x46554747; // "GGUF", read little-endian
  static final int DEFAULT_ALIGNMENT = 32;
  static final int MIN_ALIGNMENT = 8;
  static final int MAX_ALIGNMENT = 1 << 20;
  static final String ALIGNMENT_KEY = "general.alignment";
  static final int MAX_KEY_BYTES = 65_535;

  // The limits bound the memory that a hostile file can make the reader allocate. The largest real
  // files have some hundred keys, ten thousand tensors and a tokenizer of 33 MB.
  static final long MAX_KEYS = 1 << 16;
  static final long MAX_TENSORS = 1 << 20;
  static final int MAX_STRING_BYTES = 1 << 26;

  // A key of one byte with its length, the type, a value of one byte.
  private static final long MIN_KEY_VALUE_BYTES = 8 + 1 + 4 + 1;
  // A name of one byte with its length, the number of sizes, one size, the type, the offset.
  private static final long MIN_TENSOR_BYTES = 8 + 1 + 4 + 8 + 4 + 8;

  /** The header, the metadata and the tensor entries of a file. */
  record Directory(
      int version, int alignment, GgufMetadata metadata, Map<String, GgufTensorInfo> tensors) {}

  private final Path file;
  private final long fileBytes;
  private final Cursor cursor;

  DirectoryReader(Path file, MemorySegment mapping) {
    this.file = file;
    this.fileBytes = mapping.byteSize();
    this.cursor = new Cursor(file, mapping);
  }

  Directory read() throws GgufFormatException {
    checkMagic();
    int version = readVersion();
    long tensorCount = cursor.count("tensor count", MAX_TENSORS, MIN_TENSOR_BYTES);
    long keyCount = cursor.count("key count", MAX_KEYS, MIN_KEY_VALUE_BYTES);
    GgufMetadata metadata = readMetadata(keyCount);
    int alignment = alignment(metadata);
    Map<String, GgufTensorInfo> tensors =
        new TensorTable(file, fileBytes, cursor, alignment).read(tensorCount);
    return new Directory(version, alignment, metadata, tensors);
  }

  private void checkMagic() throws GgufFormatException {
    int magic = cursor.int32("magic");
    if (magic != MAGIC) {
      throw cursor.fault(
          0, "magic", "a GGUF file (bytes 47 47 55 46)", bytesOf(magic) + " (another format?)");
    }
  }

  private static String bytesOf(int word) {
    int bytes = Integer.reverseBytes(word);
    return String.format(
        Locale.ROOT,
        "%02x %02x %02x %02x",
        bytes >>> 24,
        bytes >>> 16 & 0xFF,
        bytes >>> 8 & 0xFF,
        bytes & 0xFF);
  }

  private int readVersion() throws GgufFormatException {
    int version = cursor.int32("version");
    int swapped = Integer.reverseBytes(version);
    if (version == 2 || version == 3) {
      return version;
    }
    if (swapped >= 1 && swapped <= 3) {
      throw cursor.fault(4, "version", "a little-endian file", "a big-endian one");
    }
    throw cursor.fault(4, "version", "2 or 3", Integer.toUnsignedString(version));
  }

  private GgufMetadata readMetadata(long count) throws GgufFormatException {
    Map<String, GgufValue> values = new LinkedHashMap<>();
    for (long i = 0; i < count; i++) {
      long at = cursor.position();
      String key = cursor.name("key " + i, MAX_KEY_BYTES);
      GgufValue value = readValue(key, readType(key));
      if (values.put(key, value) != null) {
        throw cursor.fault(at, key, "each key once", "a second value");
      }
    }
    return new GgufMetadata(file, values);
  }

  private GgufType readType(String key) throws GgufFormatException {
    long at = cursor.position();
    long id = cursor.uint32(key);
    Optional<GgufType> type = GgufType.byId(id);
    if (type.isEmpty()) {
      throw cursor.fault(at, key, "a value type of 0..12", Long.toString(id));
    }
    return type.get();
  }

  private GgufValue readValue(String key, GgufType type) throws GgufFormatException {
    return switch (type) {
      case UINT8 -> GgufValue.uint8(Byte.toUnsignedInt(cursor.int8(key)));
      case INT8 -> GgufValue.int8(cursor.int8(key));
      case UINT16 -> GgufValue.uint16(Short.toUnsignedInt(cursor.int16(key)));
      case INT16 -> GgufValue.int16(cursor.int16(key));
      case UINT32 -> GgufValue.uint32(cursor.uint32(key));
      case INT32 -> GgufValue.int32(cursor.int32(key));
      case UINT64 -> GgufValue.uint64(cursor.int64(key));
      case INT64 -> GgufValue.int64(cursor.int64(key));
      case FLOAT32 -> GgufValue.float32(Float.intBitsToFloat(cursor.int32(key)));
      case FLOAT64 -> GgufValue.float64(Double.longBitsToDouble(cursor.int64(key)));
      case BOOL -> readBool(key);
      case STRING -> GgufValue.string(cursor.text(key, MAX_STRING_BYTES));
      case ARRAY -> readArray(key);
    };
  }

  private GgufValue readBool(String key) throws GgufFormatException {
    long at = cursor.position();
    byte value = cursor.int8(key);
    checkBool(key, at, value);
    return GgufValue.bool(value != 0);
  }

  private void checkBool(String key, long at, byte value) throws GgufFormatException {
    if (value != 0 && value != 1) {
      throw cursor.fault(at, key, "a bool of 0 or 1", Integer.toString(Byte.toUnsignedInt(value)));
    }
  }

  private GgufValue readArray(String key) throws GgufFormatException {
    long at = cursor.position();
    GgufType elementType = readType(key);
    return switch (elementType) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64, FLOAT32, FLOAT64, BOOL ->
          readScalars(key, elementType);
      case STRING -> readStrings(key);
      case ARRAY -> throw cursor.fault(at, key, "an array of values", "an array of arrays");
    };
  }

  private GgufValue readScalars(String key, GgufType elementType) throws GgufFormatException {
    long count = cursor.count(key, Long.MAX_VALUE, elementType.bytes());
    long at = cursor.position();
    MemorySegment elements = cursor.view(count * elementType.bytes(), key);
    if (elementType == GgufType.BOOL) {
      for (long i = 0; i < count; i++) {
        checkBool(key, at + i, elements.get(ValueLayout.JAVA_BYTE, i));
      }
    }
    return new GgufValue.ScalarArray(elementType, elements);
  }

  private GgufValue readStrings(String key) throws GgufFormatException {
    int count = (int) cursor.count(key, Integer.MAX_VALUE, Long.BYTES);
    Cursor ahead = cursor.copy();
    long start = ahead.position();
    long[] marks = new long[Math.ceilDiv(count, StringTable.STRIDE)];
    for (int i = 0; i < count; i++) {
      if (i % StringTable.STRIDE == 0) {
        marks[i / StringTable.STRIDE] = ahead.position() - start;
      }
      ahead.skipString(key, MAX_STRING_BYTES);
    }
    MemorySegment entries = cursor.view(ahead.position() - start, key);
    return new GgufValue.TextArray(new StringTable(entries, count, marks));
  }

  private int alignment(GgufMetadata metadata) throws GgufFormatException {
    Optional<GgufValue> value = metadata.find(ALIGNMENT_KEY);
    if (value.isEmpty()) {
      return DEFAULT_ALIGNMENT;
    }
    if (value.get() instanceof GgufValue.Whole whole
        && whole.type() == GgufType.UINT32
        && isAlignment(whole.value())) {
      return (int) whole.value();
    }
    throw new GgufFormatException(
        file, ALIGNMENT_KEY, ALIGNMENT_RULE, value.get().type() + " " + value.get().preview());
  }

  static final String ALIGNMENT_RULE =
      "a uint32 power of two in " + MIN_ALIGNMENT + ".." + MAX_ALIGNMENT;

  static boolean isAlignment(long value) {
    return value >= MIN_ALIGNMENT && value <= MAX_ALIGNMENT && Long.bitCount(value) == 1;
  }
}
