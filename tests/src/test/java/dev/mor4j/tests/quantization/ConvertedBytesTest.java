package dev.mor4j.tests.quantization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.ggml.Quantization;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.quantize.CheckpointConverter;
import dev.mor4j.quantize.ConversionOptions;
import dev.mor4j.quantize.OutputType;
import dev.mor4j.quantize.WorkProgress;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The converter's encoders write the same bytes as ggml's. */
class ConvertedBytesTest {
  private static final Path CHECKPOINT = Path.of("src/test/resources/golden/expert_mc3_kv_update");

  private @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(OutputType.class)
  void equalThoseOfGgml(OutputType type) throws IOException {
    Path exact = convert(OutputType.F32);
    Path converted = convert(type);

    try (GgufFile source = GgufFile.open(exact);
        GgufFile found = GgufFile.open(converted);
        Arena arena = Arena.ofConfined()) {
      long matrices = 0;
      for (GgufTensorInfo tensor : found.tensors()) {
        MemorySegment values = source.data(source.tensor(tensor.name()).orElseThrow());
        MemorySegment expected = arena.allocate(tensor.byteSize(), 32);
        Quantization.encode(
            tensor.type(), values, expected, tensor.shape().rowCount(), tensor.shape().size0());

        assertThat(found.data(tensor).mismatch(expected)).as(tensor.name()).isEqualTo(-1);
        matrices += tensor.type() == type.tensorType() ? 1 : 0;
      }
      assertThat(matrices).isGreaterThan(10);
      assertThat(found.tensor("output_norm.weight").orElseThrow().type()).isEqualTo(TensorType.F32);
    }
  }

  private Path convert(OutputType type) throws IOException {
    Path output = folder.resolve(type.key() + ".gguf");
    CheckpointConverter.convert(
        new ConversionOptions(CHECKPOINT, output, type, Optional.empty(), true),
        WorkProgress.SILENT);
    return output;
  }
}
