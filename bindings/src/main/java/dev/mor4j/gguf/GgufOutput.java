package dev.mor4j.gguf;

import dev.mor4j.files.OutputFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Writes the elements of a GGUF file, little-endian, through one buffer of a fixed size. */
final class GgufOutput {
  private static final int BUFFER_BYTES = 1 << 18;

  private final OutputFile file;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final MemorySegment bufferBytes = MemorySegment.ofBuffer(buffer);
  private long flushed;

  GgufOutput(OutputFile file) {
    this.file = file;
  }

  /** UTF-8 of a text; refuses half surrogate pairs, which Java would silently write as "?". */
  static byte[] utf8(String text) {
    try {
      ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      byte[] exact = new byte[bytes.remaining()];
      bytes.get(exact);
      return exact;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "expected text that UTF-8 can encode, found an unpaired surrogate in "
              + Printable.quoted(text),
          e);
    }
  }

  void int32(int value) throws IOException {
    reserve(Integer.BYTES).putInt(value);
  }

  void int64(long value) throws IOException {
    reserve(Long.BYTES).putLong(value);
  }

  void string(byte[] utf8) throws IOException {
    int64(utf8.length);
    bytes(MemorySegment.ofArray(utf8));
  }

  void bytes(MemorySegment bytes) throws IOException {
    long written = 0;
    while (written < bytes.byteSize()) {
      int count = (int) Math.min(reserve(1).remaining(), bytes.byteSize() - written);
      MemorySegment.copy(bytes, written, bufferBytes, buffer.position(), count);
      buffer.position(buffer.position() + count);
      written += count;
    }
  }

  void value(GgufValue value) throws IOException {
    switch (value) {
      case GgufValue.Whole(GgufType type, long number) -> integer(number, type.bytes());
      case GgufValue.Float32(float number) -> int32(Float.floatToRawIntBits(number));
      case GgufValue.Float64(double number) -> int64(Double.doubleToRawLongBits(number));
      case GgufValue.Bool(boolean truth) -> integer(truth ? 1 : 0, Byte.BYTES);
      case GgufValue.Text(String text) -> string(utf8(text));
      case GgufValue.ScalarArray array -> {
        int32(array.elementType().id());
        int64(array.size());
        bytes(array.elements());
      }
      case GgufValue.TextArray(var texts) -> {
        int32(GgufType.STRING.id());
        int64(texts.size());
        if (texts instanceof StringTable table) {
          bytes(table.entries()); // as stored, also where they are not valid UTF-8
        } else {
          for (String text : texts) {
            string(utf8(text));
          }
        }
      }
    }
  }

  /** Zeros up to the next multiple of the alignment. */
  void pad(int alignment) throws IOException {
    long position = flushed + buffer.position();
    for (long i = TensorTable.alignUp(position, alignment) - position; i > 0; i--) {
      reserve(1).put((byte) 0);
    }
  }

  void flush() throws IOException {
    buffer.flip();
    flushed += buffer.remaining();
    file.append(buffer);
    buffer.clear();
  }

  private void integer(long value, int bytes) throws IOException {
    reserve(bytes);
    for (int i = 0; i < bytes; i++) {
      buffer.put((byte) (value >>> (8 * i)));
    }
  }

  private ByteBuffer reserve(int bytes) throws IOException {
    if (buffer.remaining() < bytes) {
      flush();
    }
    return buffer;
  }
}
