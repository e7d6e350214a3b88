package dev.mor4j.quantize.importance;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Importance matrices as GGUF files: for each entry a tensor {@code NAME.in_sum2} and a tensor
 * {@code NAME.counts}.
 *
 * <p>Source: {@code save_imatrix} of llama.cpp's imatrix tool.
 */
public final class ImportanceFile {
  private static final String TYPE = "general.type";
  private static final String TYPE_NAME = "imatrix";
  private static final String DATASETS = "imatrix.datasets";
  private static final String CHUNK_COUNT = "imatrix.chunk_count";
  private static final String CHUNK_SIZE = "imatrix.chunk_size";
  private static final String SUMS = ".in_sum2";
  private static final String COUNTS = ".counts";
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private ImportanceFile() {}

  /**
   * Reads a file written by {@link #write} or by llama.cpp's tool.
   *
   * @throws GgufFormatException if it is no importance matrix, or lacks a part of an entry
   * @throws IOException if it cannot be read
   */
  public static ImportanceMatrix read(Path path) throws IOException {
    try (GgufFile file = GgufFile.open(path)) {
      String type = file.metadata().string(TYPE, "");
      if (!type.equals(TYPE_NAME)) {
        throw new GgufFormatException(
            path,
            TYPE,
            "imatrix, a file with an importance matrix",
            type.isEmpty() ? "no such key" : type);
      }
      Map<String, Importance> entries = new TreeMap<>();
      for (GgufTensorInfo tensor : file.tensors()) {
        if (tensor.name().endsWith(SUMS)) {
          String name = without(SUMS, tensor.name());
          entries.put(name, entry(file, tensor, partner(file, tensor, name + COUNTS)));
        } else if (tensor.name().endsWith(COUNTS)) {
          partner(file, tensor, without(COUNTS, tensor.name()) + SUMS);
        }
      }
      if (entries.isEmpty()) {
        throw new GgufFormatException(path, "", "at least one tensor NAME" + SUMS, "none");
      }
      return ImportanceMatrix.of(
          file.metadata().strings(DATASETS),
          file.metadata().count(CHUNK_COUNT),
          file.metadata().count(CHUNK_SIZE),
          entries);
    }
  }

  private static String without(String suffix, String name) {
    return name.substring(0, name.length() - suffix.length());
  }

  private static GgufTensorInfo partner(GgufFile file, GgufTensorInfo tensor, String name)
      throws GgufFormatException {
    return file.tensor(name)
        .orElseThrow(
            () ->
                new GgufFormatException(
                    file.path(), tensor.name(), "a tensor " + name + " beside it", "none"));
  }

  private static Importance entry(GgufFile file, GgufTensorInfo sums, GgufTensorInfo counts)
      throws GgufFormatException {
    for (GgufTensorInfo tensor : new GgufTensorInfo[] {sums, counts}) {
      if (tensor.type() != TensorType.F32) {
        throw new GgufFormatException(
            file.path(), tensor.name(), "type F32", tensor.type().toString());
      }
    }
    if (sums.shape().valueCount() % counts.shape().valueCount() != 0) {
      throw new GgufFormatException(
          file.path(),
          sums.name(),
          "a multiple of the values of " + counts.name() + " " + counts.shape(),
          sums.shape().toString());
    }
    return new Importance(values(file, sums), values(file, counts));
  }

  private static float[] values(GgufFile file, GgufTensorInfo tensor) throws GgufFormatException {
    float[] values = file.data(tensor).toArray(FLOAT);
    for (int i = 0; i < values.length; i++) {
      if (!(values[i] >= 0 && values[i] < Float.POSITIVE_INFINITY)) {
        throw new GgufFormatException(
            file.path(),
            tensor.name(),
            "finite values of at least 0",
            values[i] + " at index " + i + "; compute the matrix again");
      }
    }
    return values;
  }

  /**
   * Writes a file, replacing an existing one.
   *
   * @throws IllegalArgumentException if a tensor's name is too long for the suffixes
   * @throws IOException if it cannot be written
   */
  public static void write(ImportanceMatrix matrix, Path path) throws IOException {
    try (GgufWriter writer = GgufWriter.create(path)) {
      writer
          .metadata(TYPE, GgufValue.string(TYPE_NAME))
          .metadata(DATASETS, GgufValue.strings(matrix.datasets()))
          .metadata(CHUNK_COUNT, GgufValue.uint32(matrix.chunkCount()))
          .metadata(CHUNK_SIZE, GgufValue.uint32(matrix.chunkSize()));
      matrix.entries().forEach((name, entry) -> declare(writer, name, entry));
      for (Map.Entry<String, Importance> entry : matrix.entries().entrySet()) {
        writer.write(entry.getKey() + SUMS, bytes(entry.getValue().sums()));
        writer.write(entry.getKey() + COUNTS, bytes(entry.getValue().counts()));
      }
      writer.commit();
    }
  }

  private static void declare(GgufWriter writer, String name, Importance entry) {
    int matrices = entry.counts().length;
    int columns = entry.sums().length / matrices;
    writer
        .tensor(name + SUMS, TensorType.F32, Shape.of(columns, matrices))
        .tensor(name + COUNTS, TensorType.F32, Shape.of(1, matrices));
  }

  private static MemorySegment bytes(float[] values) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[values.length * Float.BYTES]);
    MemorySegment.copy(values, 0, bytes, FLOAT, 0, values.length);
    return bytes;
  }
}
