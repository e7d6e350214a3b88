package dev.mor4j.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Reads a mapped file sequentially and never past its end. Each read takes the subject that a
 * message names if the read fails.
 */
final class Cursor {
  private final Path file;
  private final MemorySegment bytes;
  private long position;

  Cursor(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  /** Another cursor at the same position. */
  Cursor copy() {
    Cursor copy = new Cursor(file, bytes);
    copy.position = position;
    return copy;
  }

  long position() {
    return position;
  }

  long remaining() {
    return bytes.byteSize() - position;
  }

  byte int8(String subject) throws GgufFormatException {
    return bytes.get(ValueLayout.JAVA_BYTE, take(Byte.BYTES, subject));
  }

  short int16(String subject) throws GgufFormatException {
    return bytes.get(LittleEndian.SHORT, take(Short.BYTES, subject));
  }

  int int32(String subject) throws GgufFormatException {
    return bytes.get(LittleEndian.INT, take(Integer.BYTES, subject));
  }

  long uint32(String subject) throws GgufFormatException {
    return Integer.toUnsignedLong(int32(subject));
  }

  long int64(String subject) throws GgufFormatException {
    return bytes.get(LittleEndian.LONG, take(Long.BYTES, subject));
  }

  /** The number of the elements that follow, each of which takes at least {@code minimumBytes}. */
  long count(String subject, long limit, long minimumBytes) throws GgufFormatException {
    long at = position;
    long count = int64(subject);
    long room = Math.min(limit, remaining() / minimumBytes);
    if (count < 0 || count > room) {
      boolean isCut = room < limit;
      throw fault(
          at,
          subject,
          "at most " + room + (isCut ? " (what the rest of the file can hold)" : ""),
          Long.toUnsignedString(count) + (isCut ? ": the file is truncated or damaged" : ""));
    }
    return count;
  }

  /** Skips a string and returns the number of its bytes. */
  int skipString(String subject, int limit) throws GgufFormatException {
    int length = (int) count(subject, limit, 1);
    position += length;
    return length;
  }

  /** A string; invalid UTF-8 is replaced by U+FFFD. */
  String text(String subject, int limit) throws GgufFormatException {
    return new String(stringBytes(subject, limit), StandardCharsets.UTF_8);
  }

  /** A string that must be valid UTF-8 and not empty. */
  String name(String subject, int limit) throws GgufFormatException {
    long at = position;
    byte[] name = stringBytes(subject, limit);
    if (name.length == 0) {
      throw fault(at, subject, "1.." + limit + " bytes", "0");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name)).toString();
    } catch (CharacterCodingException e) {
      throw fault(at, subject, "UTF-8", "invalid UTF-8");
    }
  }

  /** The next bytes, as a view. */
  MemorySegment view(long length, String subject) throws GgufFormatException {
    return bytes.asSlice(take(length, subject), length);
  }

  GgufFormatException fault(long at, String subject, String expected, String found) {
    return new GgufFormatException(file, at, subject, expected, found);
  }

  private byte[] stringBytes(String subject, int limit) throws GgufFormatException {
    int length = skipString(subject, limit);
    byte[] string = new byte[length];
    MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, position - length, string, 0, length);
    return string;
  }

  private long take(long length, String subject) throws GgufFormatException {
    if (length > remaining()) {
      throw fault(
          position, subject, length + " more bytes", remaining() + " (is the file truncated?)");
    }
    long at = position;
    position += length;
    return at;
  }
}
