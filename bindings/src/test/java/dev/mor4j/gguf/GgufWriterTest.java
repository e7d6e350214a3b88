package dev.mor4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file appears whole, under its name, or not at all. */
final class GgufWriterTest {
  @TempDir Path folder;

  private static MemorySegment bytes(int count) {
    return MemorySegment.ofArray(new byte[count]);
  }

  private List<String> namesInFolder() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  void standsUnderATemporaryNameUntilTheCommit() throws IOException {
    Path target = folder.resolve("m.gguf");

    try (GgufWriter writer = GgufWriter.create(target)) {
      writer.tensor("t", TensorType.I8, Shape.of(4));
      writer.write("t", bytes(4));

      assertThat(namesInFolder()).singleElement().asString().matches("\\.m\\.gguf\\..{8}\\.part");
      writer.commit();
      assertThat(namesInFolder()).containsExactly("m.gguf");
      assertThatThrownBy(writer::commit)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("the writer is closed");
    }

    assertThat(namesInFolder()).containsExactly("m.gguf");
  }

  @Test
  void leavesTheOldFileAndNothingElseWhenClosedWithoutACommit() throws IOException {
    Path target = Files.writeString(folder.resolve("m.gguf"), "old");

    try (GgufWriter writer = GgufWriter.create(target)) {
      writer.tensor("t", TensorType.I8, Shape.of(4));
      writer.write("t", bytes(2));
    }

    assertThat(namesInFolder()).containsExactly("m.gguf");
    assertThat(target).hasContent("old");
  }

  @Test
  void deletesTheTemporaryFileWhenAWriteFails() throws IOException {
    GgufWriter writer = GgufWriter.create(folder.resolve("m.gguf"));
    writer.tensor("t", TensorType.I8, Shape.of(1 << 20));

    Thread.currentThread().interrupt(); // makes the channel's next write fail
    assertThatThrownBy(() -> writer.write("t", bytes(1 << 20)))
        .isInstanceOf(ClosedByInterruptException.class);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(namesInFolder()).isEmpty();
    assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class);
    writer.close();
  }

  @Test
  void deletesTheTemporaryFileWhenTextCannotBeEncoded() throws IOException {
    GgufWriter writer = GgufWriter.create(folder.resolve("m.gguf"));
    writer.metadata("half", GgufValue.string("\ud83c"));

    assertThatThrownBy(writer::commit).hasMessageContaining("unpaired surrogate");

    assertThat(namesInFolder()).isEmpty();
  }

  @Test
  void refusesACommitBeforeAllIsWritten() throws IOException {
    try (GgufWriter writer = GgufWriter.create(folder.resolve("m.gguf"))) {
      writer.tensor("t", TensorType.I8, Shape.of(4)).tensor("u", TensorType.I8, Shape.of(4));
      writer.write("t", bytes(4));
      writer.write("u", bytes(3));

      assertThatThrownBy(writer::commit)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("tensor u: expected 4 bytes, found 3");
      writer.write("u", bytes(1));
      writer.commit();
    }

    assertThat(namesInFolder()).containsExactly("m.gguf");
  }

  @Test
  void refusesDataOutOfTurnOrTooMuch() throws IOException {
    try (GgufWriter writer = GgufWriter.create(folder.resolve("m.gguf"))) {
      writer.tensor("t", TensorType.I8, Shape.of(4)).tensor("u", TensorType.I8, Shape.of(4));

      assertThatThrownBy(() -> writer.write("u", bytes(4)))
          .hasMessageContaining(
              "expected data of tensor t (0 of 4 bytes written), found data of u");
      writer.write("t", bytes(3));
      assertThatThrownBy(() -> writer.write("t", bytes(2)))
          .hasMessageContaining("tensor t: expected 1 more bytes, found 2");
      writer.write("t", bytes(1));
      writer.write("u", bytes(4));
      assertThatThrownBy(() -> writer.write("u", bytes(1)))
          .hasMessageContaining("expected no more data, found data of tensor u");
      writer.commit();
    }
  }

  @Test
  void refusesDeclarationsThatAReaderWouldRefuse() throws IOException {
    try (GgufWriter writer = GgufWriter.create(folder.resolve("m.gguf"))) {
      writer.metadata("k", GgufValue.uint32(1)).tensor("t", TensorType.Q4_K, Shape.of(256));

      assertThatThrownBy(() -> writer.metadata("k", GgufValue.uint32(1)))
          .hasMessageContaining("key k is declared twice");
      assertThatThrownBy(() -> writer.metadata("", GgufValue.uint32(1)))
          .hasMessageContaining("expected 1..65535 bytes, found 0");
      assertThatThrownBy(() -> writer.metadata("general.alignment", GgufValue.uint32(33)))
          .hasMessageContaining("power of two in 8..1048576, found uint32 33");
      assertThatThrownBy(() -> writer.tensor("t", TensorType.F32, Shape.of(1)))
          .hasMessageContaining("tensor t is declared twice");
      assertThatThrownBy(() -> writer.tensor("u".repeat(64), TensorType.F32, Shape.of(1)))
          .hasMessageContaining("expected 1..63 bytes, found 64");
      assertThatThrownBy(() -> writer.tensor("u", TensorType.Q4_K, Shape.of(255)))
          .hasMessageContaining("tensor u: Q4_K: expected a row of a multiple of 256");
      assertThatThrownBy(() -> writer.tensor("u", TensorType.F32, Shape.of(2, 0)))
          .hasMessageContaining("tensor u: expected sizes above 0, found [2, 0]");
      assertThatThrownBy(() -> writer.tensor("u", TensorType.F32, Shape.of(2, 2), 1))
          .hasMessageContaining("tensor u: expected 2..4 sizes, found 1");
      assertThatThrownBy(() -> writer.tensor("u", TensorType.I8, Shape.of(Long.MAX_VALUE)))
          .hasMessageContaining("expected a file below 2^63 bytes");
      assertThatThrownBy(() -> writer.tensor("u", TensorType.F64, Shape.of(Long.MAX_VALUE)))
          .isInstanceOf(IllegalArgumentException.class);
      writer.write("t", bytes(144));
      assertThatThrownBy(() -> writer.metadata("late", GgufValue.uint32(1)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("before the first data");
    }
  }

  @Test
  void refusesValuesThatDoNotFitTheirType() {
    assertThatThrownBy(() -> GgufValue.uint8(256)).hasMessageContaining("uint8, found 256");
    assertThatThrownBy(() -> GgufValue.int8(128)).hasMessageContaining("int8, found 128");
    assertThatThrownBy(() -> GgufValue.uint16(-1)).hasMessageContaining("uint16, found -1");
    assertThatThrownBy(() -> GgufValue.int16(32_768)).hasMessageContaining("int16, found 32768");
    assertThatThrownBy(() -> GgufValue.uint32(1L << 32))
        .hasMessageContaining("uint32, found 42949");
  }

  @Test
  void namesTheFolderThatItCannotWriteTo() {
    assertThatThrownBy(() -> GgufWriter.create(folder.resolve("none").resolve("m.gguf")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("m.gguf: no such folder: " + folder.resolve("none"));
    assertThatThrownBy(() -> GgufWriter.create(folder))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("expected a file, found a folder");
  }

  @Test
  void needsNoMoreMemoryForALargeFile() throws IOException {
    MemorySegment piece = bytes(1 << 20);
    var thread = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = thread.getCurrentThreadAllocatedBytes();

    try (GgufWriter writer = GgufWriter.create(folder.resolve("m.gguf"))) {
      writer.tensor("t", TensorType.I8, Shape.of(1 << 20, 64));
      for (int i = 0; i < 64; i++) {
        writer.write("t", piece);
      }
      writer.commit();
    }

    assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(8 << 20);
  }

  @Test
  void deletesTheTemporaryFileWhenTheJvmEnds() throws IOException, InterruptedException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Process jvm =
        new ProcessBuilder(
                java.toString(),
                "-cp",
                System.getProperty("java.class.path"),
                EndsHalfWay.class.getName(),
                folder.resolve("m.gguf").toString())
            .redirectErrorStream(true)
            .start();

    String output = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(jvm.waitFor()).as(output).isZero();
    assertThat(output.trim()).isEqualTo("1 file while writing");
    assertThat(namesInFolder()).isEmpty();
  }

  /** Writes half a file and ends. */
  static final class EndsHalfWay {
    private EndsHalfWay() {}

    @SuppressWarnings("MustBeClosedChecker")
    public static void main(String[] arguments) throws IOException {
      Path target = Path.of(arguments[0]);
      GgufWriter writer = GgufWriter.create(target);
      writer.tensor("t", TensorType.I8, Shape.of(1 << 20));
      writer.write("t", bytes(1 << 19));
      try (Stream<Path> files = Files.list(target.getParent())) {
        System.out.println(files.count() + " file while writing");
      }
    }
  }

  @Test
  void keepsTheOldFileWhenACheckFindsFault() throws IOException {
    Path target = folder.resolve("checked.gguf");
    Files.writeString(target, "old");

    try (GgufWriter writer = GgufWriter.create(target)) {
      assertThatThrownBy(
              () ->
                  writer.commit(
                      written -> {
                        GgufFile.open(written).close();
                        throw new IOException("a fault");
                      }))
          .hasMessage("a fault");
    }

    assertThat(target).hasContent("old");
    assertThat(namesInFolder()).containsExactly("checked.gguf");
  }
}
