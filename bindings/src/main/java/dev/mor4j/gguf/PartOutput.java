package dev.mor4j.gguf;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Writes the pieces of a GGUF file, little-endian, through one buffer of a fixed size. */
final class PartOutput {
  private static final int BUFFER_BYTES = 1 << 18;

  private final PartFile file;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final MemorySegment bufferBytes = MemorySegment.ofBuffer(buffer);
  private long flushed;

  PartOutput(PartFile file) {
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
          "expected text, found half a surrogate pair in " + Printable.quoted(text), e);
    }
  }

  void int32(int value) throws IOException {
    room(Integer.BYTES).putInt(value);
  }

  void int64(long value) throws IOException {
    room(Long.BYTES).putLong(value);
  }

  void string(byte[] utf8) throws IOException {
    int64(utf8.length);
    bytes(MemorySegment.ofArray(utf8));
  }

  void bytes(MemorySegment bytes) throws IOException {
    long taken = 0;
    while (taken < bytes.byteSize()) {
      int piece = (int) Math.min(room(1).remaining(), bytes.byteSize() - taken);
      MemorySegment.copy(bytes, taken, bufferBytes, buffer.position(), piece);
      buffer.position(buffer.position() + piece);
      taken += piece;
    }
  }

  void value(GgufValue value) throws IOException {
    switch (value) {
      case GgufValue.Whole(GgufType type, long number) -> number(number, type.bytes());
      case GgufValue.Float32(float number) -> int32(Float.floatToRawIntBits(number));
      case GgufValue.Float64(double number) -> int64(Double.doubleToRawLongBits(number));
      case GgufValue.Bool(boolean truth) -> number(truth ? 1 : 0, Byte.BYTES);
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
          bytes(table.entries()); // as they are, even where they are no UTF-8
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
      room(1).put((byte) 0);
    }
  }

  void flush() throws IOException {
    buffer.flip();
    flushed += buffer.remaining();
    file.append(buffer);
    buffer.clear();
  }

  private void number(long value, int bytes) throws IOException {
    room(bytes);
    for (int i = 0; i < bytes; i++) {
      buffer.put((byte) (value >>> (8 * i)));
    }
  }

  private ByteBuffer room(int bytes) throws IOException {
    if (buffer.remaining() < bytes) {
      flush();
    }
    return buffer;
  }
}
