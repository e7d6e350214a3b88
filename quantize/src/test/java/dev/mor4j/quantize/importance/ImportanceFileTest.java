package dev.mor4j.quantize.importance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImportanceFileTest {
  private static final ImportanceMatrix MATRIX =
      ImportanceMatrix.of(
          List.of("books.txt", "more.txt"),
          7,
          512,
          Map.of(
              "blk.1.ffn_up.weight", new Importance(new float[] {1, 2, 3}, new float[] {4}),
              "blk.1.step.0.ffn_up.weight", new Importance(new float[] {1, 1, 0}, new float[] {3}),
              "stack.weight", new Importance(new float[] {1, 2, 3, 4}, new float[] {2, 0})));

  @TempDir private Path folder;
  private Path path = Path.of("");

  @BeforeEach
  void nameFile() {
    path = folder.resolve("imatrix.gguf");
  }

  @Test
  void readsWhatItWrote() throws IOException {
    ImportanceFile.write(MATRIX, path);

    assertThat(ImportanceFile.read(path)).isEqualTo(MATRIX);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, -1})
  void refusesValuesThatNoMatrixHas(float value) throws IOException {
    Importance broken = new Importance(new float[] {1, value}, new float[] {2});
    ImportanceFile.write(
        ImportanceMatrix.of(List.of("text"), 1, 8, Map.of("output.weight", broken)), path);

    assertThatThrownBy(() -> ImportanceFile.read(path))
        .isInstanceOf(GgufFormatException.class)
        .hasMessageContaining("output.weight.in_sum2")
        .hasMessageContaining(
            "expected finite values of at least 0, found " + value + " at index 1");
  }

  @Test
  void namesKeysAndTensorsAsPublished() throws IOException {
    ImportanceFile.write(MATRIX, path);

    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.metadata().string("general.type")).isEqualTo("imatrix");
      assertThat(file.metadata().strings("imatrix.datasets"))
          .containsExactly("books.txt", "more.txt");
      assertThat(file.metadata().find("imatrix.chunk_count")).contains(GgufValue.uint32(7));
      assertThat(file.metadata().find("imatrix.chunk_size")).contains(GgufValue.uint32(512));
      assertThat(file.tensors())
          .extracting(tensor -> tensor.name() + " " + tensor.type() + " " + tensor.shape())
          .containsExactly(
              "blk.1.ffn_up.weight.in_sum2 F32 [3]",
              "blk.1.ffn_up.weight.counts F32 [1]",
              "blk.1.step.0.ffn_up.weight.in_sum2 F32 [3]",
              "blk.1.step.0.ffn_up.weight.counts F32 [1]",
              "stack.weight.in_sum2 F32 [2, 2]",
              "stack.weight.counts F32 [1, 2]");
    }
  }

  @Test
  void takesMeansByTheirOwnCounts() {
    Importance stack = MATRIX.entries().get("stack.weight");

    assertThat(stack.means()).containsExactly(0.5f, 1, 1, 1); // nothing entered the second
  }

  @Test
  void refusesFilesOfOtherKinds() throws IOException {
    Map<String, GgufValue> keys = keys();
    keys.put("general.type", GgufValue.string("model"));
    write(keys, "a.in_sum2", "a.counts");

    assertRefused("general.type", "imatrix", "model");
  }

  @Test
  void refusesFilesWithoutEntries() throws IOException {
    write(keys(), "other");

    assertRefused("NAME.in_sum2", "none");
  }

  @Test
  void refusesSumsWithoutCounts() throws IOException {
    write(keys(), "a.in_sum2", "b.in_sum2", "b.counts");

    assertRefused("a.in_sum2", "a.counts");
  }

  @Test
  void refusesCountsWithoutSums() throws IOException {
    write(keys(), "a.counts", "b.in_sum2", "b.counts");

    assertRefused("a.counts", "a.in_sum2");
  }

  @Test
  void refusesMissingKeys() throws IOException {
    Map<String, GgufValue> keys = keys();
    keys.remove("imatrix.chunk_size");
    write(keys, "a.in_sum2", "a.counts");

    assertRefused("imatrix.chunk_size");
  }

  @Test
  void refusesSumsThatAreNoNumbersOfThatWidth() throws IOException {
    try (GgufWriter writer = GgufWriter.create(path)) {
      keys().forEach(writer::metadata);
      writer.tensor("a.in_sum2", TensorType.F16, Shape.of(2));
      writer.tensor("a.counts", TensorType.F32, Shape.of(1));
      writer.write("a.in_sum2", MemorySegment.ofArray(new byte[4]));
      writer.write("a.counts", MemorySegment.ofArray(new byte[4]));
      writer.commit();
    }

    assertRefused("a.in_sum2", "F32", "F16");
  }

  @Test
  void refusesCountsThatDoNotDivideSums() throws IOException {
    try (GgufWriter writer = GgufWriter.create(path)) {
      keys().forEach(writer::metadata);
      writer.tensor("a.in_sum2", TensorType.F32, Shape.of(3));
      writer.tensor("a.counts", TensorType.F32, Shape.of(1, 2));
      writer.write("a.in_sum2", MemorySegment.ofArray(new byte[12]));
      writer.write("a.counts", MemorySegment.ofArray(new byte[8]));
      writer.commit();
    }

    assertRefused("a.in_sum2", "a.counts");
  }

  private static Map<String, GgufValue> keys() {
    Map<String, GgufValue> keys = new LinkedHashMap<>();
    keys.put("general.type", GgufValue.string("imatrix"));
    keys.put("imatrix.datasets", GgufValue.strings(List.of()));
    keys.put("imatrix.chunk_count", GgufValue.uint32(1));
    keys.put("imatrix.chunk_size", GgufValue.uint32(2));
    return keys;
  }

  private void write(Map<String, GgufValue> keys, String... tensors) throws IOException {
    try (GgufWriter writer = GgufWriter.create(path)) {
      keys.forEach(writer::metadata);
      for (String tensor : tensors) {
        writer.tensor(tensor, TensorType.F32, Shape.of(1));
      }
      for (String tensor : tensors) {
        writer.write(tensor, MemorySegment.ofArray(new byte[4]));
      }
      writer.commit();
    }
  }

  private void assertRefused(String... words) {
    assertThatThrownBy(() -> ImportanceFile.read(path))
        .isInstanceOf(GgufFormatException.class)
        .hasMessageContainingAll(words);
  }
}
