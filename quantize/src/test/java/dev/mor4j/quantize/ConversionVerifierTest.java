package dev.mor4j.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.quantize.WorkProgress.Stage;
import dev.mor4j.quantize.checkpoint.CheckpointException;
import dev.mor4j.quantize.checkpoint.CheckpointTensor;
import dev.mor4j.quantize.checkpoint.SafetensorsFile;
import dev.mor4j.quantize.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversionVerifierTest {
  private static final int VALUES = 100_000; // more than one piece

  @TempDir private Path folder;
  private SafetensorsFile checkpoint;
  private Path output;

  @BeforeEach
  void writeBothFiles() throws IOException {
    output = folder.resolve("model.gguf");
    Path file = folder.resolve("model.safetensors");
    new SafetensorsWriter()
        .floats("a", new float[VALUES], VALUES)
        .floats("b", new float[VALUES], VALUES)
        .write(file);
    checkpoint = SafetensorsFile.open(file);
    try (GgufWriter writer = GgufWriter.create(output)) {
      writer.tensor("x", TensorType.F32, Shape.of(VALUES));
      writer.write("x", MemorySegment.ofArray(new float[VALUES]));
      writer.commit();
    }
  }

  @AfterEach
  void close() {
    checkpoint.close();
  }

  private int verify(TensorType type, String name, String... sources) throws IOException {
    List<CheckpointTensor> tensors =
        List.of(sources).stream().map(checkpoint.tensors()::get).toList();
    StageProgress progress =
        new StageProgress(WorkProgress.SILENT, Stage.VERIFY, 0, tensors.size());
    List<StoredTensor> stored = List.of(new StoredTensor(name, type, Shape.of(VALUES), tensors));
    try (TensorEncoder encoder = new TensorEncoder(stored)) {
      return new ConversionVerifier(output, encoder, progress).verify(stored);
    }
  }

  private void changeLastByte() throws IOException {
    try (GgufFile file = GgufFile.open(output);
        RandomAccessFile bytes = new RandomAccessFile(output.toFile(), "rw")) {
      bytes.seek(file.tensor("x").orElseThrow().offset() + VALUES * 4L - 1);
      bytes.write(1);
    }
  }

  @Test
  void comparesEverySourceOfATensor() throws IOException {
    assertThat(verify(TensorType.F32, "x", "a", "b")).isEqualTo(2);
  }

  @Test
  void namesATensorThatDiffersInItsLastByte() throws IOException {
    changeLastByte();

    assertThatThrownBy(() -> verify(TensorType.F32, "x", "a"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("tensor x differs from the checkpoint's a after byte 262144");
  }

  @Test
  void namesATensorOfAnotherType() {
    assertThatThrownBy(() -> verify(TensorType.F16, "x", "a"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("expected F16 [100000], found F32 [100000]");
  }

  @Test
  void namesATensorThatIsMissing() {
    assertThatThrownBy(() -> verify(TensorType.F32, "y", "a"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("tensor y is missing");
  }
}
