package dev.mor4j.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mor4j.engine.Model;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.SharingPattern;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RandomModelTest {
  /** Its largest tensor takes two pieces. */
  private static final ModelShape SHAPE = new ModelShape("small", 6, 256, 4, 2, 512, 1100, 64);

  @TempDir private Path folder;

  private Path write(String name, RecursionChoices choices, FileType type, long seed, int threads)
      throws IOException {
    Path output = folder.resolve(name);
    RandomModel.write(
        new RandomModelOptions(output, SHAPE, choices, type, seed, threads), WorkProgress.SILENT);
    return output;
  }

  private static float[] floats(GgufFile file, String name) {
    MemorySegment bytes = file.data(file.tensor(name).orElseThrow());
    return bytes.toArray(ValueLayout.JAVA_FLOAT);
  }

  @Test
  void dependsOnSeedAndNothingElse() throws IOException {
    RecursionChoices choices = RecursionChoices.of(3);

    Path one = write("one", choices, FileType.Q8_0, 7, 1);
    Path three = write("three", choices, FileType.Q8_0, 7, 3);
    Path other = write("other", choices, FileType.Q8_0, 8, 3);

    assertThat(three).hasSameBinaryContentAs(one);
    try (GgufFile first = GgufFile.open(one);
        GgufFile second = GgufFile.open(other)) {
      for (GgufTensorInfo tensor : first.tensors()) {
        MemorySegment bytes = second.data(second.tensor(tensor.name()).orElseThrow());
        assertThat(first.data(tensor).mismatch(bytes)).as(tensor.name()).isNotEqualTo(-1);
      }
    }
  }

  @Test
  void drawsNormalWeights() throws IOException {
    Path output = write("out", RecursionChoices.of(2), FileType.F32, 1, 2);

    try (GgufFile file = GgufFile.open(output)) {
      float[] matrix = floats(file, "token_embd.weight");
      // 281,600 values: five standard errors are 0.0002 of the mean and 0.7 % of the deviation.
      assertThat(mean(matrix)).isCloseTo(0, within(0.0002));
      assertThat(deviation(matrix)).isCloseTo(0.02, within(0.00015));
      assertThat(share(matrix, 0.04)).isCloseTo(0.0455, within(0.002));
      assertThat(mean(floats(file, "blk.1.ffn_norm.weight"))).isCloseTo(1, within(0.01));
      assertThat(mean(floats(file, "router.1.weight"))).isCloseTo(0, within(0.01));
    }
  }

  private static double mean(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).average().orElseThrow();
  }

  private static double deviation(float[] values) {
    double mean = mean(values);
    return Math.sqrt(
        IntStream.range(0, values.length)
            .mapToDouble(i -> (values[i] - mean) * (values[i] - mean))
            .average()
            .orElseThrow());
  }

  private static double share(float[] values, double beyond) {
    return IntStream.range(0, values.length).filter(i -> Math.abs(values[i]) > beyond).count()
        / (double) values.length;
  }

  @Test
  void drawsEachValueAnew() throws IOException {
    Path output = write("out", RecursionChoices.of(2), FileType.F32, 1, 2);

    try (GgufFile file = GgufFile.open(output)) {
      Set<Float> seen = new HashSet<>();
      int count = 0;
      for (GgufTensorInfo tensor : file.tensors()) {
        float first = floats(file, tensor.name())[0];
        float second = floats(file, tensor.name())[1];
        float nextRow = floats(file, tensor.name())[tensor.shape().rowCount() > 1 ? 256 : 2];
        seen.add(first);
        seen.add(second);
        seen.add(nextRow);
        count += 3;
      }
      assertThat(seen).hasSize(count);
    }
  }

  @Test
  void refusesTypesThatNeedImportances() {
    assertThatThrownBy(() -> write("coarse", RecursionChoices.of(3), FileType.IQ2_S, 5, 2))
        .isInstanceOf(QuantizationException.class)
        .hasMessageContaining("importance matrix");
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = "IQ[12]_.*|IQ3_X.*|Q2_K_S")
  void quantizesAsTheQuantizerDoes(FileType type) throws IOException {
    Path exact = write("exact", RecursionChoices.of(3), FileType.F32, 5, 2);
    Path quantized = folder.resolve("quantized");
    Quantizer.quantize(
        new QuantizationOptions(
            exact, quantized, RecipeOptions.of(type), Optional.empty(), false, 2),
        WorkProgress.SILENT);

    Path direct = write("direct", RecursionChoices.of(3), type, 5, 2);

    try (GgufFile expected = GgufFile.open(quantized);
        GgufFile found = GgufFile.open(direct)) {
      assertThat(found.tensors()).hasSameSizeAs(expected.tensors());
      for (GgufTensorInfo tensor : expected.tensors()) {
        GgufTensorInfo same = found.tensor(tensor.name()).orElseThrow();
        assertThat(same.type()).as(tensor.name()).isEqualTo(tensor.type());
        assertThat(found.data(same).mismatch(expected.data(tensor))).isEqualTo(-1);
      }
      assertThat(found.metadata().count("general.file_type")).isEqualTo(type.number());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, NONE, NONE, PER_STEP",
    "1, CYCLE, NONE, PER_STEP",
    "2, CYCLE, NONE, SHARED",
    "2, CYCLE, EXPERT_CHOICE, SHARED",
    "3, SEQUENCE, NONE, SHARED",
    "4, MIDDLE_CYCLE, EXPERT_CHOICE, SHARED_UPDATE",
    "3, MIDDLE_CYCLE, TOKEN_CHOICE, PER_STEP",
    "2, MIDDLE_SEQUENCE, NONE, PER_STEP"
  })
  void engineLoadsEveryKind(
      int recursions, SharingPattern sharing, RoutingKind routing, KvPolicy kvPolicy)
      throws IOException {
    RecursionChoices choices = new RecursionChoices(recursions, sharing, routing, kvPolicy);

    Path output = write("out", choices, FileType.Q4_0, 1, 2);

    try (Model model = Model.load(output)) {
      assertThat(model.config()).isEqualTo(SHAPE.config(choices));
    }
  }

  @ParameterizedTest
  @CsvSource({
    // Sizes of the paper's tables 6 and 9, without embedding, in units of the last digit given.
    "135m, 1, 106, 1e6",
    "360m, 1, 315, 1e6",
    "730m, 1, 654, 1e6",
    "1.7b, 1, 161, 1e7",
    "135m, 3, 42, 1e6",
    "360m, 2, 167, 1e6",
    "360m, 3, 118, 1e6",
    "360m, 4, 98, 1e6",
    "730m, 3, 252, 1e6",
    "1.7b, 2, 87, 1e7",
    "1.7b, 3, 67, 1e7"
  })
  void hasTheSizeOfThePaper(String shape, int recursions, long weights, double unit) {
    RecursionChoices choices = RecursionChoices.of(recursions);
    long values =
        RandomModel.tensors(choices.architecture(), ModelShape.named(shape).config(choices))
            .stream()
            .filter(tensor -> !tensor.name().equals("token_embd.weight"))
            .mapToLong(tensor -> tensor.shape().valueCount())
            .sum();

    assertThat(Math.round(values / unit)).isEqualTo(weights);
  }

  @Test
  void keepsNormsAndRoutersExact() throws IOException {
    Path output = write("out", RecursionChoices.of(3), FileType.Q4_K_M, 1, 2);

    try (GgufFile file = GgufFile.open(output)) {
      assertThat(file.tensors())
          .filteredOn(tensor -> tensor.type() == TensorType.F32)
          .extracting(GgufTensorInfo::name)
          .contains("router.2.weight", "output_norm.weight", "blk.0.attn_norm.weight")
          .noneMatch(name -> name.endsWith("attn_q.weight"));
    }
  }

  @Test
  void failureHalfWayLeavesNothing() {
    RandomModelOptions options =
        new RandomModelOptions(
            folder.resolve("out"), SHAPE, RecursionChoices.of(1), FileType.F16, 1, 2);

    assertThatThrownBy(
            () ->
                RandomModel.write(
                    options,
                    state -> {
                      throw new IllegalStateException("enough");
                    }))
        .hasMessage("enough");

    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void refusesWhatIsNoModel() {
    assertThatThrownBy(() -> ModelShape.named("400m"))
        .hasMessage("expected one of 135m, 360m, 730m, 1.7b, found '400m'");
    assertThatThrownBy(() -> SHAPE.config(RecursionChoices.of(0)))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining("found 0");
  }
}
