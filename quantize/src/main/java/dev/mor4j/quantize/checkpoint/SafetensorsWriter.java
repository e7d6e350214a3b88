package dev.mor4j.quantize.checkpoint;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mor4j.files.OutputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes arrays in memory to a safetensors file, such as those of {@code mor logits}. The file is
 * written under a temporary name and renamed when it is complete.
 */
public final class SafetensorsWriter {
  private static final int PIECE_BYTES = 1 << 16;
  private static final int ALIGNMENT = 8;

  /** Puts the array's value at an index. */
  private interface Values {
    void put(int index, ByteBuffer into);
  }

  /** One array and its shape in PyTorch order, slowest first. */
  private record Entry(ElementType type, List<Long> shape, int length, Values values) {}

  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /** Creates a writer without arrays. */
  public SafetensorsWriter() {}

  /**
   * Adds an array of 32-bit floats, which must not change until {@link #write}.
   *
   * @param shape sizes, slowest first
   * @return this writer
   * @throws IllegalArgumentException if the shape asks for another number of values, or the name is
   *     taken
   */
  public SafetensorsWriter floats(String name, float[] values, long... shape) {
    Values each = (index, into) -> into.putFloat(values[index]);
    return add(name, new Entry(ElementType.F32, sizes(shape), values.length, each));
  }

  /** As {@link #floats}, with 32-bit integers. */
  public SafetensorsWriter ints(String name, int[] values, long... shape) {
    Values each = (index, into) -> into.putInt(values[index]);
    return add(name, new Entry(ElementType.I32, sizes(shape), values.length, each));
  }

  /** As {@link #floats}, with 64-bit integers. */
  public SafetensorsWriter longs(String name, long[] values, long... shape) {
    Values each = (index, into) -> into.putLong(values[index]);
    return add(name, new Entry(ElementType.I64, sizes(shape), values.length, each));
  }

  private static List<Long> sizes(long[] shape) {
    return Arrays.stream(shape).boxed().toList();
  }

  private SafetensorsWriter add(String name, Entry entry) {
    long expected = TensorExtent.contiguous(entry.shape()).valueCount();
    if (expected != entry.length()) {
      throw new IllegalArgumentException(
          "%s: expected %s values for shape %s, found %s"
              .formatted(name, expected, entry.shape(), entry.length()));
    }
    if (name.equals("__metadata__") || entries.putIfAbsent(name, entry) != null) {
      throw new IllegalArgumentException(name + ": the name is taken");
    }
    return this;
  }

  /**
   * Writes all arrays, replacing a file of that name.
   *
   * @throws IOException if the file cannot be written; nothing of it stays then
   */
  public void write(Path file) throws IOException {
    try (OutputFile part = OutputFile.create(file)) {
      writeHeader(part);
      for (Entry entry : entries.values()) {
        writeData(part, entry);
      }
      part.commit();
    }
  }

  private void writeHeader(OutputFile part) throws IOException {
    ObjectNode header = JsonNodeFactory.instance.objectNode();
    long offset = 0;
    for (Map.Entry<String, Entry> named : entries.entrySet()) {
      Entry entry = named.getValue();
      ObjectNode description = header.putObject(named.getKey());
      description.put("dtype", entry.type().name());
      ArrayNode shape = description.putArray("shape");
      entry.shape().forEach(shape::add);
      long end = offset + (long) entry.length() * entry.type().bytes();
      description.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteBuffer buffer =
        ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN).putLong(padded);
    buffer.put(json);
    while (buffer.hasRemaining()) {
      buffer.put((byte) ' ');
    }
    part.append(buffer.flip());
  }

  private static void writeData(OutputFile part, Entry entry) throws IOException {
    ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < entry.length(); i++) {
      entry.values().put(i, piece);
      if (!piece.hasRemaining()) {
        part.append(piece.flip());
        piece.clear();
      }
    }
    part.append(piece.flip());
  }
}
