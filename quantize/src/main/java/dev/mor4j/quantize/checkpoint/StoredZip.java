package dev.mor4j.quantize.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The directory of a zip archive whose entries are stored uncompressed, so that each is a slice of
 * the mapped file. Every offset and length is checked before use.
 *
 * <p>Source: PKWARE's APPNOTE, sections 4.3 and 4.5.3; zip64 is there for files over 4 GiB.
 */
final class StoredZip {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int LOCAL_HEADER = 0x04034b50;
  private static final int LOCAL_HEADER_BYTES = 30;
  private static final int DIRECTORY_HEADER = 0x02014b50;
  private static final int DIRECTORY_HEADER_BYTES = 46;
  private static final int END = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int END64 = 0x06064b50;
  private static final int END64_BYTES = 56;
  private static final int END64_LOCATOR = 0x07064b50;
  private static final int END64_LOCATOR_BYTES = 20;
  private static final int MAX_COMMENT_BYTES = 0xffff;
  private static final int ZIP64_EXTRA = 1;
  private static final int ENCRYPTED = 1;
  private static final long IN_ZIP64 = 0xffffffffL;

  private record Entry(long localHeader, long size, long compressedSize, int method, int flags) {}

  private record Directory(long offset, long size) {}

  private final Path file;
  private final MemorySegment bytes;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private StoredZip(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  static StoredZip read(Path file, MemorySegment bytes) throws IOException {
    StoredZip zip = new StoredZip(file, bytes);
    zip.readDirectory(zip.findDirectory());
    return zip;
  }

  Set<String> names() {
    return entries.keySet();
  }

  /** The bytes of an entry; empty if the archive has none of that name. */
  Optional<MemorySegment> content(String name) throws IOException {
    Entry entry = entries.get(name);
    if (entry == null) {
      return Optional.empty();
    }
    if (entry.method() != 0 || entry.size() != entry.compressedSize()) {
      throw fault(name + " is compressed: expected it stored, as torch.save writes it");
    }
    if ((entry.flags() & ENCRYPTED) != 0) {
      throw fault(name + " is encrypted");
    }
    long header = entry.localHeader();
    requireRange(header, LOCAL_HEADER_BYTES, name);
    if (bytes.get(INT, header) != LOCAL_HEADER) {
      throw fault(name + " has no local header where the zip directory says");
    }
    long begin =
        header + LOCAL_HEADER_BYTES + unsignedShort(header + 26) + unsignedShort(header + 28);
    requireRange(begin, entry.size(), name);
    return Optional.of(bytes.asSlice(begin, entry.size()));
  }

  private Directory findDirectory() throws IOException {
    long last = bytes.byteSize() - END_BYTES;
    for (long at = last; at >= Math.max(0, last - MAX_COMMENT_BYTES); at--) {
      if (bytes.get(INT, at) == END && unsignedShort(at + 20) == last - at) {
        return directoryAt(at);
      }
    }
    throw fault("not a whole zip archive: its directory is missing, the file is cut off");
  }

  private Directory directoryAt(long end) throws IOException {
    long locator = end - END64_LOCATOR_BYTES;
    if (locator >= 0 && bytes.get(INT, locator) == END64_LOCATOR) {
      long end64 = bytes.get(LONG, locator + 8);
      requireRange(end64, END64_BYTES, "the zip64 directory");
      if (bytes.get(INT, end64) != END64) {
        throw fault("the zip64 directory is not at the offset that its locator gives");
      }
      return new Directory(bytes.get(LONG, end64 + 48), bytes.get(LONG, end64 + 40));
    }
    return new Directory(unsignedInt(end + 16), unsignedInt(end + 12));
  }

  private void readDirectory(Directory directory) throws IOException {
    requireRange(directory.offset(), directory.size(), "the zip directory");
    long end = directory.offset() + directory.size();
    long at = directory.offset();
    while (at < end) {
      if (end - at < DIRECTORY_HEADER_BYTES || bytes.get(INT, at) != DIRECTORY_HEADER) {
        throw fault("the zip directory is damaged at offset " + at);
      }
      int nameLength = unsignedShort(at + 28);
      int extraLength = unsignedShort(at + 30);
      long next = at + DIRECTORY_HEADER_BYTES + nameLength + extraLength + unsignedShort(at + 32);
      if (next > end) {
        throw fault("the zip directory is damaged at offset " + at);
      }
      long nameAt = at + DIRECTORY_HEADER_BYTES;
      byte[] name = bytes.asSlice(nameAt, nameLength).toArray(ValueLayout.JAVA_BYTE);
      Entry entry = readEntry(at, nameAt + nameLength, extraLength);
      if (entries.put(new String(name, StandardCharsets.UTF_8), entry) != null) {
        throw fault("two entries named " + new String(name, StandardCharsets.UTF_8));
      }
      at = next;
    }
  }

  private Entry readEntry(long at, long extra, int extraLength) throws IOException {
    long size = unsignedInt(at + 24);
    long compressed = unsignedInt(at + 20);
    long localHeader = unsignedInt(at + 42);
    if (size == IN_ZIP64 || compressed == IN_ZIP64 || localHeader == IN_ZIP64) {
      long field = zip64Field(extra, extraLength);
      long fieldEnd = field + unsignedShort(field - 2);
      // The field has, in this order, only the values that the header does not.
      if (size == IN_ZIP64) {
        size = zip64Value(field, fieldEnd);
        field += Long.BYTES;
      }
      if (compressed == IN_ZIP64) {
        compressed = zip64Value(field, fieldEnd);
        field += Long.BYTES;
      }
      if (localHeader == IN_ZIP64) {
        localHeader = zip64Value(field, fieldEnd);
      }
    }
    return new Entry(localHeader, size, compressed, unsignedShort(at + 10), unsignedShort(at + 8));
  }

  private long zip64Field(long extra, int extraLength) throws IOException {
    long at = extra;
    long end = extra + extraLength;
    while (end - at >= 4) {
      long next = at + 4 + unsignedShort(at + 2);
      if (next > end) {
        break;
      }
      if (unsignedShort(at) == ZIP64_EXTRA) {
        return at + 4;
      }
      at = next;
    }
    throw fault("the zip directory lacks a zip64 field near offset " + extra);
  }

  private long zip64Value(long at, long end) throws IOException {
    if (end - at < Long.BYTES) {
      throw fault("the zip directory has a short zip64 field at offset " + at);
    }
    return bytes.get(LONG, at);
  }

  private void requireRange(long begin, long size, String what) throws IOException {
    if (begin < 0 || size < 0 || begin > bytes.byteSize() || size > bytes.byteSize() - begin) {
      throw fault(
          "%s: expected %s bytes at offset %s, the file has %s bytes; it is cut off"
              .formatted(what, size, begin, bytes.byteSize()));
    }
  }

  private int unsignedShort(long at) {
    return Short.toUnsignedInt(bytes.get(SHORT, at));
  }

  private long unsignedInt(long at) {
    return Integer.toUnsignedLong(bytes.get(INT, at));
  }

  private CheckpointException fault(String what) {
    return new CheckpointException(file, what);
  }
}
