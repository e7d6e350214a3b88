package dev.mor4j.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.RandomAccess;

/**
 * The strings of an array value, decoded on access. Opening a file reads the lengths of all strings
 * once and keeps the offset of every {@value #STRIDE}-th, so a vocabulary of 256k tokens costs
 * little.
 */
final class StringTable extends AbstractList<String> implements RandomAccess {
  /** Strings between two marks. */
  static final int STRIDE = 32;

  private final MemorySegment entries;
  private final int size;
  private final long[] marks;

  /**
   * A table of entries that are known to be inside the segment.
   *
   * @param entries {@code size} times a length of 8 bytes and that many bytes of UTF-8
   * @param marks offset of every {@value #STRIDE}-th entry; not copied
   */
  StringTable(MemorySegment entries, int size, long[] marks) {
    this.entries = entries;
    this.size = size;
    this.marks = marks;
  }

  /** The entries in the file's encoding. */
  MemorySegment entries() {
    return entries;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public String get(int index) {
    long at = marks[Objects.checkIndex(index, size) / STRIDE];
    for (int skipped = index % STRIDE; skipped > 0; skipped--) {
      at = next(at);
    }
    return decode(at);
  }

  @Override
  public Iterator<String> iterator() {
    return new Iterator<>() {
      private long at;
      private int taken;

      @Override
      public boolean hasNext() {
        return taken < size;
      }

      @Override
      public String next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        String value = decode(at);
        at = StringTable.this.next(at);
        taken++;
        return value;
      }
    };
  }

  private long next(long at) {
    return at + Long.BYTES + entries.get(LittleEndian.LONG, at);
  }

  private String decode(long at) {
    byte[] bytes = new byte[(int) entries.get(LittleEndian.LONG, at)];
    MemorySegment.copy(entries, ValueLayout.JAVA_BYTE, at + Long.BYTES, bytes, 0, bytes.length);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
