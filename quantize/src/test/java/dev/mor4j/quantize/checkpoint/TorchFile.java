package dev.mor4j.quantize.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes files as torch.save does, pickle opcode by pickle opcode, for tests. */
public final class TorchFile {
  private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
  private final Map<String, byte[]> storages = new LinkedHashMap<>();
  private String byteOrder = "little";

  /** A file whose pickle is the beginning of a dict. */
  public TorchFile() {
    bytes(0x80, 2, '}', '(');
  }

  public static byte[] floats(float... values) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      buffer.putFloat(value);
    }
    return buffer.array();
  }

  /** The upper halves of the values, which must need no more. */
  public static byte[] brainFloats(float... values) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length * 2).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      buffer.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
    }
    return buffer.array();
  }

  public static byte[] doubles(double... values) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      buffer.putDouble(value);
    }
    return buffer.array();
  }

  public TorchFile byteOrder(String word) {
    byteOrder = word;
    return this;
  }

  public TorchFile storage(String key, byte[] content) {
    storages.put(key, content);
    return this;
  }

  /** Raw opcodes and arguments. */
  public TorchFile bytes(int... opcodes) {
    for (int opcode : opcodes) {
      pickle.write(opcode);
    }
    return this;
  }

  public TorchFile text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    bytes('X').int32(utf8.length);
    pickle.writeBytes(utf8);
    return this;
  }

  public TorchFile global(String module, String name) {
    pickle.write('c');
    pickle.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
    return this;
  }

  public TorchFile number(int value) {
    return bytes('J').int32(value);
  }

  private TorchFile int32(int value) {
    return bytes(value & 255, value >> 8 & 255, value >> 16 & 255, value >> 24 & 255);
  }

  private TorchFile tuple(int... values) {
    bytes('(');
    for (int value : values) {
      number(value);
    }
    return bytes('t');
  }

  /** One entry: a tensor over part of a storage, with any strides. */
  public TorchFile tensor(
      String name,
      String storageClass,
      String key,
      int values,
      int offset,
      int[] shape,
      int[] strides) {
    return text(name).rebuild(storageClass, key, values, offset, shape, strides);
  }

  /** A tensor without a name, to be wrapped. */
  public TorchFile rebuild(
      String storageClass, String key, int values, int offset, int[] shape, int[] strides) {
    global("torch._utils", "_rebuild_tensor_v2").bytes('(');
    bytes('(').text("storage").global("torch", storageClass).text(key).text("cpu");
    number(values).bytes('t', 'Q');
    number(offset).tuple(shape).tuple(strides).bytes(0x89);
    return global("collections", "OrderedDict").bytes(')', 'R', 't', 'R');
  }

  /** One entry: a tensor in row order that fills a storage of its own, under its own name. */
  public TorchFile tensor(String name, String storageClass, byte[] content, int... shape) {
    storage(name, content);
    return alias(name, storageClass, name, shape);
  }

  /** One entry: a tensor in row order that fills the storage of another. */
  public TorchFile alias(String name, String storageClass, String key, int... shape) {
    int values = 1;
    int[] strides = new int[shape.length];
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = values;
      values *= shape[i];
    }
    return tensor(name, storageClass, key, values, 0, shape, strides);
  }

  /** The whole file. */
  public byte[] zip() throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(zipped)) {
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      whole.writeBytes(pickle.toByteArray());
      whole.writeBytes(new byte[] {'u', '.'});
      add(zip, "data.pkl", whole.toByteArray());
      add(zip, "byteorder", byteOrder.getBytes(StandardCharsets.US_ASCII));
      for (Map.Entry<String, byte[]> storage : storages.entrySet()) {
        add(zip, "data/" + storage.getKey(), storage.getValue());
      }
    }
    return zipped.toByteArray();
  }

  private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry("archive/" + name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  public Path write(Path file) throws IOException {
    return Files.write(file, zip());
  }
}
