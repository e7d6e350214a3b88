package dev.mor4j.quantize.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {
  @TempDir private Path folder;

  private Path write(String header, int dataBytes) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    return Files.write(folder.resolve("model.safetensors"), bytes.array());
  }

  private Path writeThree() throws IOException {
    Path file = folder.resolve("three.safetensors");
    new SafetensorsWriter()
        .floats("logits", new float[] {1, 2, 3, 4, 5, Float.NaN}, 2, 3)
        .ints("depth", new int[] {7, -8}, 2)
        .longs("ids", new long[] {1L << 40}, 1)
        .write(file);
    return file;
  }

  @Test
  void readsWhatTheWriterWrote() throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(writeThree())) {

      assertThat(file.tensors().keySet()).containsExactly("logits", "depth", "ids");
      assertThat(file.tensors().get("logits").shape()).containsExactly(2L, 3L);
      assertThat(file.tensors().get("logits").floats()).containsExactly(1, 2, 3, 4, 5, Float.NaN);
      assertThat(file.tensors().get("depth").longs()).containsExactly(7, -8);
      assertThat(file.tensors().get("ids").longs()).containsExactly(1L << 40);
    }
  }

  @Test
  void writesArraysLargerThanOnePiece() throws IOException {
    float[] values = new float[40_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    Path file = folder.resolve("large.safetensors");
    new SafetensorsWriter().floats("x", values, 40_000).write(file);

    try (SafetensorsFile read = SafetensorsFile.open(file)) {

      assertThat(read.tensors().get("x").floats()).containsExactly(values);
    }
  }

  @Test
  void writerRefusesAShapeOfAnotherSize() {
    SafetensorsWriter writer = new SafetensorsWriter();

    assertThatThrownBy(() -> writer.floats("x", new float[5], 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected 6 values");
  }

  @Test
  void writerLeavesNothingBesideItsFile() throws IOException {
    writeThree();

    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void writerNamesAMissingFolder() {
    Path file = folder.resolve("missing/x.safetensors");

    assertThatThrownBy(() -> new SafetensorsWriter().write(file))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("no such folder");
  }

  @Test
  void refusesTheFileCutOffAnywhere() throws IOException {
    byte[] whole = Files.readAllBytes(writeThree());

    for (int length = 0; length < whole.length; length++) {
      Path file = Files.write(folder.resolve("cut.safetensors"), Arrays.copyOf(whole, length));

      assertThatThrownBy(() -> SafetensorsFile.open(file))
          .as("cut at %d", length)
          .isInstanceOf(CheckpointException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, 1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32})
  void refusesAHeaderLengthThatCannotBe(long length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
    Path file = Files.write(folder.resolve("huge.safetensors"), bytes.array());

    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("header length");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]                                                                | expected a JSON object",
        "{'a':                                                             | not valid JSON",
        "{'a':3}                                                           | dtype",
        "{'a':{'dtype':'F8_E4M3','shape':[8],'data_offsets':[0,8]}}        | found F8_E4M3",
        "{'a':{'dtype':'F32','shape':2,'data_offsets':[0,8]}}              | shape: expected a list",
        "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}}           | whole numbers",
        "{'a':{'dtype':'F32','shape':[2.5],'data_offsets':[0,8]}}          | whole numbers",
        "{'a':{'dtype':'F32','shape':[99999999999999999999],'data_offsets':[0,8]}} | whole numbers",
        "{'a':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,0]}} | too many values",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}}            | [begin, end]",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0]}}              | [begin, end]",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,7]}}            | expected 8 bytes",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,16]}}           | data ends at 16",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}            | expected 4 bytes of data, found 8",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}            | begins at 4, expected 0",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | overlap",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | Duplicate field"
      })
  void refusesAHeaderThatContradictsItselfOrTheFile(String header, String message)
      throws IOException {
    Path file = write(header.replace('\'', '"'), 8);

    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
  }

  @Test
  void survivesFlippedBytes() throws IOException {
    byte[] whole = Files.readAllBytes(writeThree());
    Random random = new Random(1);

    for (int mutant = 0; mutant < 1500; mutant++) {
      byte[] bytes = whole.clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 + random.nextInt(255));
      }
      Path file = Files.write(folder.resolve("flipped.safetensors"), bytes);

      try (SafetensorsFile open = SafetensorsFile.open(file)) {
        assertThat(open.tensors()).isNotNull();
      } catch (CheckpointException expected) {
        assertThat(expected).hasMessageContaining("flipped.safetensors");
      }
    }
  }
}
