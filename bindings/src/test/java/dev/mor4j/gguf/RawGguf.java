package dev.mor4j.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Builds the bytes of a GGUF file field by field, sound or not. */
final class RawGguf {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Starts with magic, version 3 and the counts. */
  static RawGguf header(long tensorCount, long keyCount) {
    return new RawGguf().int32(DirectoryReader.MAGIC).int32(3).int64(tensorCount).int64(keyCount);
  }

  RawGguf int8(int... values) {
    for (int value : values) {
      bytes.write(value);
    }
    return this;
  }

  RawGguf int32(int value) {
    return raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  RawGguf int64(long value) {
    return raw(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }

  RawGguf string(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return int64(utf8.length).raw(utf8);
  }

  /** Key and type; the value must follow. */
  RawGguf key(String name, GgufType type) {
    return string(name).int32(type.id());
  }

  /** A tensor entry of type I8. */
  RawGguf bytesTensor(String name, long offset, long... sizes) {
    return tensor(name, TensorType.I8.id(), offset, sizes);
  }

  RawGguf tensor(String name, int type, long offset, long... sizes) {
    string(name).int32(sizes.length);
    for (long size : sizes) {
      int64(size);
    }
    return int32(type).int64(offset);
  }

  /** Zeros up to the next multiple of 32, and {@code size} bytes of data. */
  RawGguf data(int size) {
    while (bytes.size() % 32 != 0) {
      int8(0);
    }
    return raw(new byte[size]);
  }

  RawGguf raw(byte[] more) {
    bytes.writeBytes(more);
    return this;
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }
}
