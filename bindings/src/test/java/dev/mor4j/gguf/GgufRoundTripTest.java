package dev.mor4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the writer writes, the reader reads. */
final class GgufRoundTripTest {
  @TempDir Path folder;

  private static Map<String, GgufValue> valuesOfEveryType() {
    Map<String, GgufValue> values = new LinkedHashMap<>();
    values.put("uint8", GgufValue.uint8(255));
    values.put("int8", GgufValue.int8(-128));
    values.put("uint16", GgufValue.uint16(65_535));
    values.put("int16", GgufValue.int16(-32_768));
    values.put("uint32", GgufValue.uint32(0xFFFF_FFFFL));
    values.put("int32", GgufValue.int32(Integer.MIN_VALUE));
    values.put("uint64", GgufValue.uint64(-1));
    values.put("int64", GgufValue.int64(Long.MIN_VALUE));
    values.put("float32", GgufValue.float32(1e-5f));
    values.put("float64", GgufValue.float64(Math.PI));
    values.put("bool.true", GgufValue.bool(true));
    values.put("bool.false", GgufValue.bool(false));
    values.put("string", GgufValue.string("Grüße, 世界 🌍\n"));
    values.put("string.empty", GgufValue.string(""));
    values.put("uint8s", GgufValue.uint8s(new byte[] {0, -1}));
    values.put("int8s", GgufValue.int8s(new byte[] {0, -1}));
    values.put("uint16s", GgufValue.uint16s(new short[] {1, -1}));
    values.put("int16s", GgufValue.int16s(new short[] {1, -1}));
    values.put("uint32s", GgufValue.uint32s(new int[] {1, -1}));
    values.put("int32s", GgufValue.int32s(new int[] {1, -1}));
    values.put("uint64s", GgufValue.uint64s(new long[] {1, -1}));
    values.put("int64s", GgufValue.int64s(new long[] {1, -1}));
    values.put("float32s", GgufValue.float32s(new float[] {1, Float.MIN_VALUE}));
    values.put("float64s", GgufValue.float64s(new double[] {1, Double.MIN_VALUE}));
    values.put("bools", GgufValue.bools(new boolean[] {true, false}));
    values.put("strings", GgufValue.strings(List.of("a", "", "ß")));
    values.put("strings.none", GgufValue.strings(List.of()));
    return values;
  }

  private Path write(Map<String, GgufValue> metadata) throws IOException {
    Path path = folder.resolve("values.gguf");
    try (GgufWriter writer = GgufWriter.create(path)) {
      metadata.forEach(writer::metadata);
      writer.commit();
    }
    return path;
  }

  @Test
  void everyValueTypeComesBackInOrder() throws IOException {
    Map<String, GgufValue> written = valuesOfEveryType();

    Path path = write(written);

    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.version()).isEqualTo(3);
      assertThat(file.tensors()).isEmpty();
      assertThat(file.metadata().keys()).containsExactlyElementsOf(written.keySet());
      for (Map.Entry<String, GgufValue> entry : written.entrySet()) {
        GgufValue read = file.metadata().find(entry.getKey()).orElseThrow();
        assertThat(read).as(entry.getKey()).isEqualTo(entry.getValue());
        assertThat(read.preview()).as(entry.getKey()).isEqualTo(entry.getValue().preview());
      }
    }
  }

  @Test
  void metadataOfAFileMayBeWrittenAgain() throws IOException {
    Path first = write(valuesOfEveryType());
    Path second = folder.resolve("second.gguf");

    try (GgufFile file = GgufFile.open(first);
        GgufWriter writer = GgufWriter.create(second)) {
      for (String key : file.metadata().keys()) {
        writer.metadata(key, file.metadata().find(key).orElseThrow());
      }
      writer.commit();
    }

    assertThat(second).hasSameBinaryContentAs(first);
  }

  @Test
  void longStringArraysAreReadByIndexAndInOrder() throws IOException {
    List<String> words = IntStream.range(0, 1_000).mapToObj(i -> "w".repeat(i % 7) + i).toList();

    Path path = write(Map.of("words", GgufValue.strings(words)));

    try (GgufFile file = GgufFile.open(path)) {
      List<String> read = file.metadata().strings("words");
      assertThat(IntStream.range(0, 1_000).mapToObj(read::get).toList()).isEqualTo(words);
      assertThat(read.iterator()).toIterable().containsExactlyElementsOf(words);
      assertThatThrownBy(() -> read.get(1_000)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void tensorDataComesBackAlignedFromPiecesOfAnyMemory() throws IOException {
    Path path = folder.resolve("tensors.gguf");
    float[] floats = {1, 2, 3, 4, 5, 6};
    byte[] blocks = new byte[3 * 34];
    for (int i = 0; i < blocks.length; i++) {
      blocks[i] = (byte) i;
    }

    try (Arena arena = Arena.ofConfined();
        GgufWriter writer = GgufWriter.create(path)) {
      MemorySegment native34 =
          arena.allocate(34).copyFrom(MemorySegment.ofArray(blocks).asSlice(0, 34));
      writer.tensor("floats", TensorType.F32, Shape.of(3, 2));
      writer.tensor("blocks", TensorType.Q8_0, Shape.of(32, 3, 1), 3);
      writer.write("floats", MemorySegment.ofArray(floats));
      writer.write("blocks", native34);
      writer.write("blocks", MemorySegment.ofArray(new byte[0]));
      writer.write("blocks", MemorySegment.ofArray(blocks).asSlice(34));
      writer.commit();
    }

    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.tensors())
          .extracting(GgufTensorInfo::name)
          .containsExactly("floats", "blocks");
      GgufTensorInfo first = file.tensor("floats").orElseThrow();
      GgufTensorInfo second = file.tensor("blocks").orElseThrow();
      assertThat(first.shape()).isEqualTo(Shape.of(3, 2));
      assertThat(second.dimensionCount()).isEqualTo(3);
      assertThat(first.offset() % 32).isZero();
      assertThat(second.offset()).isEqualTo(first.offset() + 32);
      assertThat(file.data(first).toArray(LittleEndian.FLOAT)).containsExactly(floats);
      assertThat(file.data(second).toArray(ValueLayout.JAVA_BYTE)).containsExactly(blocks);
      assertThat(file.data(first).isReadOnly()).isTrue();
      assertThat(file.mapping().isReadOnly()).isTrue();
      assertThat(file.mapping().byteSize()).isEqualTo(file.sizeBytes());
      assertThat(file.sizeBytes() % 32).isZero();
    }
  }

  @Test
  void anotherAlignmentIsWrittenAndTheUsualOneIsNot() throws IOException {
    Path path = folder.resolve("aligned.gguf");

    for (int alignment : new int[] {32, 256}) {
      try (GgufWriter writer = GgufWriter.create(path)) {
        writer.metadata("general.alignment", GgufValue.uint32(alignment));
        writer.tensor("a", TensorType.I8, Shape.of(1)).tensor("b", TensorType.I8, Shape.of(1));
        writer.write("a", MemorySegment.ofArray(new byte[1]));
        writer.write("b", MemorySegment.ofArray(new byte[1]));
        writer.commit();
      }

      try (GgufFile file = GgufFile.open(path)) {
        assertThat(file.alignment()).isEqualTo(alignment);
        assertThat(file.tensors()).allMatch(tensor -> tensor.offset() % alignment == 0);
        assertThat(file.metadata().find("general.alignment").isPresent())
            .isEqualTo(alignment != 32);
      }
    }
  }

  @Test
  void dataOfAnotherFileIsRefusedAndAClosedFileNoLongerRead() throws IOException {
    Path path = folder.resolve("one.gguf");
    try (GgufWriter writer = GgufWriter.create(path)) {
      writer.tensor("a", TensorType.I8, Shape.of(1));
      writer.write("a", MemorySegment.ofArray(new byte[1]));
      writer.commit();
    }

    GgufFile file = GgufFile.open(path);
    GgufTensorInfo own = file.tensors().getFirst();
    GgufTensorInfo other = new GgufTensorInfo("a", TensorType.I8, Shape.of(1), 1, 0, 1);
    assertThatThrownBy(() -> file.data(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a tensor of");
    MemorySegment data = file.data(own);
    file.close();
    file.close();

    assertThatThrownBy(() -> data.get(ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class);
  }
}
