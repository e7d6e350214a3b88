package dev.mor4j.tests.scale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.Model;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.quantize.CheckpointConverter;
import dev.mor4j.quantize.ConversionOptions;
import dev.mor4j.quantize.ConversionReport;
import dev.mor4j.quantize.OutputType;
import dev.mor4j.quantize.WorkProgress;
import dev.mor4j.quantize.checkpoint.SafetensorsFile;
import dev.mor4j.tests.scale.LargeCheckpoint.Sizes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks {@link LargeCheckpoint} at a size that is fast enough for a unit test. */
class LargeCheckpointTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"1, 6, 56, 56", "3, 4, 77, 41"})
  void convertsFromShards(int recursions, int blocks, int tensors, int stored) throws IOException {
    LargeCheckpoint.write(folder, new Sizes(6, 64, 4, 2, 96, 500, 100_000), recursions);

    Path output = folder.resolve("out.gguf");
    ConversionReport report =
        CheckpointConverter.convert(
            new ConversionOptions(folder, output, OutputType.BF16, Optional.empty(), true),
            WorkProgress.SILENT);

    assertThat(report.officialTensorCount()).isEqualTo(tensors);
    assertThat(report.storedTensorCount()).isEqualTo(stored);
    try (Stream<Path> files = Files.list(folder);
        Model model = Model.load(output)) {
      assertThat(files)
          .filteredOn(file -> file.toString().endsWith("safetensors"))
          .hasSizeGreaterThan(2);
      assertThat(model.config().recursion().storedBlockCount()).isEqualTo(blocks);
      assertThat(model.config().recursionCount()).isEqualTo(recursions);
    }
  }

  @Test
  void encodesTheSegmentsOfATensorInOrder() throws IOException {
    // The embedding has five segments, more than two threads encode at the same time.
    LargeCheckpoint.write(folder, new Sizes(1, 512, 8, 8, 64, 2500, 1 << 30), 1);
    Path output = folder.resolve("out.gguf");

    CheckpointConverter.convert(
        new ConversionOptions(folder, output, OutputType.F32, Optional.empty(), false),
        WorkProgress.SILENT);

    try (GgufFile file = GgufFile.open(output);
        SafetensorsFile source =
            SafetensorsFile.open(folder.resolve("model-00001-of-00001.safetensors"))) {
      MemorySegment stored = file.data(file.tensor("token_embd.weight").orElseThrow());
      float[] expected = source.tensors().get("model.embed_tokens.weight").floats();
      assertThat(stored.toArray(ValueLayout.JAVA_FLOAT)).isEqualTo(expected);
    }
  }
}
