package dev.mor4j.tests.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoopedLlamaTest {
  @TempDir private Path folder;

  private Path plain() throws IOException {
    Path file = folder.resolve("plain.gguf");
    try (GgufWriter writer = GgufWriter.create(file)) {
      writer.metadata("general.architecture", GgufValue.string("llama"));
      writer.metadata("general.name", GgufValue.string("plain"));
      writer.metadata("llama.block_count", GgufValue.uint32(12));
      writer.metadata("llama.embedding_length", GgufValue.uint32(2));
      writer.metadata("tokenizer.ggml.model", GgufValue.string("none"));
      for (int layer = 0; layer < 12; layer++) {
        writer.tensor("blk.%d.x.weight".formatted(layer), TensorType.F32, Shape.of(2));
      }
      writer.tensor("output_norm.weight", TensorType.F32, Shape.of(2));
      for (int layer = 0; layer < 12; layer++) {
        writer.write("blk.%d.x.weight".formatted(layer), values(layer));
      }
      writer.write("output_norm.weight", values(99));
      writer.commit();
    }
    return file;
  }

  private static MemorySegment values(float value) {
    return MemorySegment.ofArray(new float[] {value, -value});
  }

  @Test
  void keepsTheFirstLayersAndStoresTheNumberOfLoops() throws IOException {
    Path looped = folder.resolve("looped.gguf");

    LoopedLlama.write(plain(), looped, 10, 3);

    try (GgufFile file = GgufFile.open(looped)) {
      assertThat(file.metadata().string("general.architecture")).isEqualTo("nanbeige");
      assertThat(file.metadata().count("nanbeige.block_count")).isEqualTo(10);
      assertThat(file.metadata().count("nanbeige.num_loops")).isEqualTo(3);
      assertThat(file.metadata().count("nanbeige.embedding_length")).isEqualTo(2);
      assertThat(file.metadata().string("tokenizer.ggml.model")).isEqualTo("none");
      assertThat(file.metadata().keys()).noneMatch(key -> key.startsWith("llama."));
      assertThat(file.tensors()).hasSize(11);
      GgufTensorInfo last = file.tensor("blk.9.x.weight").orElseThrow();
      assertThat(file.data(last).mismatch(values(9))).isEqualTo(-1);
    }
  }

  @Test
  void refusesMoreLayersThanTheModelHas() throws IOException {
    Path plain = plain();

    assertThatThrownBy(() -> LoopedLlama.write(plain, folder.resolve("none"), 13, 3))
        .hasMessageContaining("expected 1..12 layers and 1 loop or more, found 13 and 3");
  }
}
