package dev.mor4j.gguf;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the tensor entries of a GGUF file and checks that their data does not overlap or exceed it.
 */
final class TensorTable {
  private final Path file;
  private final long fileBytes;
  private final Cursor cursor;
  private final int alignment;

  /** An entry of the file; the start of the data section is known after the last entry. */
  private record Entry(
      String name, TensorType type, Shape shape, int dimensionCount, long offset) {}

  TensorTable(Path file, long fileBytes, Cursor cursor, int alignment) {
    this.file = file;
    this.fileBytes = fileBytes;
    this.cursor = cursor;
    this.alignment = alignment;
  }

  Map<String, GgufTensorInfo> read(long count) throws GgufFormatException {
    List<Entry> entries = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      entries.add(readEntry(i));
    }
    // The position is at most the file's size, so rounding it up cannot overflow.
    long dataStart = alignUp(cursor.position(), alignment);
    Map<String, GgufTensorInfo> tensors = LinkedHashMap.newLinkedHashMap(entries.size());
    for (Entry entry : entries) {
      if (tensors.put(entry.name(), place(entry, dataStart)) != null) {
        throw fault(entry.name(), "each tensor once", "a second entry");
      }
    }
    checkApart(tensors);
    return tensors;
  }

  static long alignUp(long offset, int alignment) {
    return (offset + alignment - 1) & -(long) alignment;
  }

  private Entry readEntry(long index) throws GgufFormatException {
    String name = cursor.name("tensor " + index, GgufTensorInfo.MAX_NAME_BYTES);
    long at = cursor.position();
    long dimensionCount = cursor.uint32(name);
    if (dimensionCount < 1 || dimensionCount > Shape.MAX_DIMENSIONS) {
      throw cursor.fault(at, name, "1..4 sizes", Long.toString(dimensionCount));
    }
    Shape shape = readShape(name, (int) dimensionCount);
    return new Entry(name, readType(name), shape, (int) dimensionCount, cursor.int64(name));
  }

  private Shape readShape(String name, int dimensionCount) throws GgufFormatException {
    long[] sizes = new long[dimensionCount];
    for (int i = 0; i < dimensionCount; i++) {
      long at = cursor.position();
      sizes[i] = cursor.int64(name);
      if (sizes[i] < 1) {
        throw cursor.fault(at, name, "sizes of 1..2^63-1", Long.toUnsignedString(sizes[i]));
      }
    }
    return Shape.of(sizes);
  }

  private TensorType readType(String name) throws GgufFormatException {
    long at = cursor.position();
    int id = cursor.int32(name);
    Optional<TensorType> type = TensorType.byId(id);
    if (type.isEmpty()) {
      throw cursor.fault(
          at,
          name,
          "a tensor type that ggml knows",
          Integer.toUnsignedString(id) + ", which is unknown or retired");
    }
    return type.get();
  }

  private GgufTensorInfo place(Entry entry, long dataStart) throws GgufFormatException {
    long byteSize = byteSize(entry);
    if (entry.offset() % alignment != 0) {
      throw fault(
          entry.name(),
          "an offset that is a multiple of " + alignment,
          Long.toUnsignedString(entry.offset()));
    }
    // Neither difference can overflow: all four numbers are at least 0.
    long room = fileBytes - dataStart;
    if (entry.offset() < 0 || entry.offset() > room || byteSize > room - entry.offset()) {
      throw fault(
          entry.name(),
          "%s bytes of data at byte %s + %s"
              .formatted(byteSize, dataStart, Long.toUnsignedString(entry.offset())),
          "a file of %s bytes (truncated?)".formatted(fileBytes));
    }
    return new GgufTensorInfo(
        entry.name(),
        entry.type(),
        entry.shape(),
        entry.dimensionCount(),
        dataStart + entry.offset(),
        byteSize);
  }

  private long byteSize(Entry entry) throws GgufFormatException {
    try {
      return GgufTensorInfo.byteSize(entry.type(), entry.shape());
    } catch (ArithmeticException e) {
      throw fault(entry.name(), "fewer than 2^63 bytes", "the shape " + entry.shape());
    } catch (IllegalArgumentException e) {
      throw fault(
          entry.name(),
          "rows of a multiple of %s values (%s)".formatted(entry.type().blockSize(), entry.type()),
          "rows of " + entry.shape().size0());
    }
  }

  private void checkApart(Map<String, GgufTensorInfo> tensors) throws GgufFormatException {
    GgufTensorInfo[] byOffset = tensors.values().toArray(GgufTensorInfo[]::new);
    Arrays.sort(byOffset, Comparator.comparingLong(GgufTensorInfo::offset));
    for (int i = 1; i < byOffset.length; i++) {
      GgufTensorInfo before = byOffset[i - 1];
      if (byOffset[i].offset() < before.end()) {
        throw new GgufFormatException(
            file,
            byOffset[i].offset(),
            byOffset[i].name(),
            "data that does not overlap",
            "bytes that belong to " + before.name());
      }
    }
  }

  private GgufFormatException fault(String name, String expected, String found) {
    return new GgufFormatException(file, name, expected, found);
  }
}
