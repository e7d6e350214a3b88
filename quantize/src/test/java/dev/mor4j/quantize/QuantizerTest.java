package dev.mor4j.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.mor4j.ggml.Quantization;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.quantize.importance.Importance;
import dev.mor4j.quantize.importance.ImportanceFile;
import dev.mor4j.quantize.importance.ImportanceMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class QuantizerTest {
  private static final String UP = "blk.0.ffn_up.weight";
  private static final String DOWN = "blk.0.ffn_down.weight";
  private static final String NEEDS_IMPORTANCES = "IQ[12]_.*|IQ3_X.*|Q2_K_S";

  @TempDir private Path temporary;
  private Path input;
  private Path output;

  @BeforeEach
  void nameFiles() throws IOException {
    input = temporary.resolve("in.gguf");
    output = Files.createDirectory(temporary.resolve("out")).resolve("model.gguf");
  }

  private QuantizationOptions options(FileType type) {
    return new QuantizationOptions(
        input, output, RecipeOptions.of(type), Optional.empty(), false, 3);
  }

  private QuantizationReport quantize(FileType type) throws IOException {
    return Quantizer.quantize(options(type), WorkProgress.SILENT);
  }

  private void assertRefused(QuantizationOptions options, String... words) throws IOException {
    assertThatThrownBy(() -> Quantizer.quantize(options, WorkProgress.SILENT))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(words)
        .satisfies(failure -> assertThat(failure.getMessage()).doesNotContain("\n"));
    try (Stream<Path> files = Files.list(temporary.resolve("out"))) {
      assertThat(files).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = NEEDS_IMPORTANCES)
  void writesWhatGgmlWrites(FileType type) throws IOException {
    SmallModel model = SmallModel.recursive();
    model.write(input);

    quantize(type);

    try (GgufFile file = GgufFile.open(output);
        Arena arena = Arena.ofConfined()) {
      for (GgufTensorInfo tensor : file.tensors()) {
        MemorySegment expected = arena.allocate(tensor.byteSize(), 32);
        Quantization.encode(
            tensor.type(),
            arena.allocateFrom(ValueLayout.JAVA_FLOAT, model.floats(tensor.name())),
            expected,
            tensor.shape().rowCount(),
            tensor.shape().size0());

        assertThat(file.data(tensor).mismatch(expected)).as(tensor.name()).isEqualTo(-1);
      }
      assertThat(file.tensor(UP).orElseThrow().type()).isEqualTo(type.tensorType());
      assertThat(file.tensor("router.up.weight").orElseThrow().type()).isEqualTo(TensorType.F32);
    }
  }

  /** Importances of all matrices of blocks: 0, 1, 2, ... 6, 0, ... a row. */
  private Path importances(Map<String, Importance> more) throws IOException {
    Map<String, Importance> entries = new HashMap<>();
    for (String name : List.of("step.0.attn_q", "step.1.attn_q", "ffn_up", "ffn_down")) {
      float[] sums = new float[name.equals("ffn_down") ? 96 : 256];
      for (int column = 0; column < sums.length; column++) {
        sums[column] = 4 * (column % 7);
      }
      entries.put("blk.0." + name + ".weight", new Importance(sums, new float[] {4}));
    }
    entries.putAll(more);
    Path file = temporary.resolve("imatrix.gguf");
    ImportanceFile.write(ImportanceMatrix.of(List.of("a.txt", "b.txt"), 9, 512, entries), file);
    return file;
  }

  private QuantizationOptions weighted(FileType type, Map<String, Importance> more)
      throws IOException {
    return new QuantizationOptions(
        input, output, RecipeOptions.of(type), Optional.of(importances(more)), false, 2);
  }

  /** Not IQ1 and IQ2_S: ggml takes seconds to build their tables. */
  @ParameterizedTest
  @EnumSource(names = {"Q4_K_M", "Q4_0", "Q2_K_S", "IQ4_XS", "IQ3_XXS", "IQ2_XXS", "F16"})
  void weighsErrorsByMeanSquaresOfInputs(FileType type) throws IOException {
    SmallModel model = SmallModel.recursive();
    model.write(input);

    QuantizationReport report = Quantizer.quantize(weighted(type, Map.of()), WorkProgress.SILENT);

    try (GgufFile file = GgufFile.open(output);
        Arena arena = Arena.ofConfined()) {
      for (String name : List.of("blk.0.step.1.attn_q.weight", UP, DOWN)) {
        GgufTensorInfo tensor = file.tensor(name).orElseThrow();
        float[] means = new float[(int) tensor.shape().size0()];
        for (int column = 0; column < means.length; column++) {
          means[column] = column % 7;
        }
        MemorySegment expected = arena.allocate(tensor.byteSize(), 32);
        Quantization.encodeWeighted(
            tensor.type(),
            arena.allocateFrom(ValueLayout.JAVA_FLOAT, model.floats(name)),
            expected,
            tensor.shape().rowCount(),
            tensor.shape().size0(),
            arena.allocateFrom(ValueLayout.JAVA_FLOAT, means));
        assertThat(file.data(tensor).mismatch(expected)).as(name).isEqualTo(-1);
      }
    }
    assertThat(report.unweighted())
        .isEqualTo(type.tensorType().isQuantized() ? List.of("token_embd.weight") : List.of());
  }

  @Test
  void saysWhatItWasWeighedBy() throws IOException {
    SmallModel.recursive().write(input);

    Quantizer.quantize(weighted(FileType.Q4_0, Map.of()), WorkProgress.SILENT);

    try (GgufFile file = GgufFile.open(output)) {
      assertThat(file.metadata().string("quantize.imatrix.file"))
          .isEqualTo(temporary.resolve("imatrix.gguf").toString());
      assertThat(file.metadata().string("quantize.imatrix.dataset")).isEqualTo("a.txt");
      assertThat(file.metadata().count("quantize.imatrix.entries_count")).isEqualTo(4);
      assertThat(file.metadata().count("quantize.imatrix.chunks_count")).isEqualTo(9);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = NEEDS_IMPORTANCES)
  void refusesCoarseTypesWithoutImportances(FileType type) throws IOException {
    SmallModel.recursive().write(input);

    assertRefused(
        options(type),
        "in.gguf",
        type + " ",
        "blk.0.step.0.attn_q.weight",
        "needs an importance matrix");
  }

  @Test
  void namesTheMatrixThatImportancesLack() throws IOException {
    SmallModel.recursive().with("blk.0.ffn_gate.weight", TensorType.F32, 256, 8).write(input);

    assertRefused(
        weighted(FileType.IQ2_S, Map.of()), "imatrix.gguf", "blk.0.ffn_gate.weight", "IQ2_XS");
  }

  @Test
  void refusesEndsInTypesThatGgmlCannotWriteWithout() throws IOException {
    SmallModel.recursive().write(input);
    RecipeOptions recipe =
        new RecipeOptions(
            FileType.Q4_0, false, Optional.empty(), Optional.of(TensorType.IQ2_XXS), List.of());

    assertRefused(
        new QuantizationOptions(input, output, recipe, Optional.empty(), false, 1),
        "token_embd.weight",
        "IQ2_XXS");
  }

  @Test
  void refusesImportancesOfAnotherModel() throws IOException {
    SmallModel.recursive().write(input);

    assertRefused(
        weighted(FileType.Q4_0, Map.of(UP, new Importance(new float[] {1, 2}, new float[] {1}))),
        UP,
        "256",
        "found 2");
  }

  @ParameterizedTest
  @EnumSource(names = {"Q4_K_M", "Q4_0", "IQ4_XS"})
  void doesNotUseImportancesThatAreAllZero(FileType type) throws IOException {
    SmallModel model = SmallModel.recursive();
    model.write(input);
    Importance zeros = new Importance(new float[256], new float[] {100});

    QuantizationReport report =
        Quantizer.quantize(weighted(type, Map.of(UP, zeros)), WorkProgress.SILENT);

    try (GgufFile file = GgufFile.open(output);
        Arena arena = Arena.ofConfined()) {
      GgufTensorInfo tensor = file.tensor(UP).orElseThrow();
      MemorySegment expected = arena.allocate(tensor.byteSize(), 32);
      Quantization.encode(
          tensor.type(),
          arena.allocateFrom(ValueLayout.JAVA_FLOAT, model.floats(UP)),
          expected,
          tensor.shape().rowCount(),
          tensor.shape().size0());
      assertThat(file.data(tensor).mismatch(expected)).isEqualTo(-1);
    }
    assertThat(report.text())
        .containsPattern("importances ignored\\s+" + Pattern.quote(UP) + ": all zero");
  }

  @Test
  void refusesTypesThatNeedImportancesIfTheyAreAllZero() throws IOException {
    SmallModel.recursive().write(input);

    assertRefused(
        weighted(FileType.IQ2_XXS, Map.of(UP, new Importance(new float[256], new float[] {100}))),
        "imatrix.gguf",
        UP,
        "all zero");
  }

  @ParameterizedTest
  @CsvSource({
    "NaN, finite values of at least 0",
    "Infinity, finite values of at least 0",
    "-1, finite values of at least 0",
    "1e13, mean squares"
  })
  void refusesImportancesOutOfRange(float sum, String expected) throws IOException {
    SmallModel.recursive().write(input);
    float[] sums = new float[256];
    sums[255] = sum;

    assertRefused(
        weighted(FileType.IQ3_S, Map.of(UP, new Importance(sums, new float[] {1}))), UP, expected);
  }

  @Test
  void keepsOrderOverManyPieces() throws IOException {
    // 5 pieces of 1,024 rows and a rest, with 2 threads: more than are under way at once.
    SmallModel model = SmallModel.recursive().with("output.weight", TensorType.F16, 256, 5000);
    model.write(input);
    QuantizationOptions twoThreads =
        new QuantizationOptions(
            input, output, RecipeOptions.of(FileType.Q8_0), Optional.empty(), false, 2);

    Quantizer.quantize(twoThreads, WorkProgress.SILENT);

    try (GgufFile source = GgufFile.open(input);
        GgufFile file = GgufFile.open(output);
        Arena arena = Arena.ofConfined()) {
      GgufTensorInfo half = source.tensor("output.weight").orElseThrow();
      GgufTensorInfo head = file.tensor("output.weight").orElseThrow();
      MemorySegment values = arena.allocate(4L * half.shape().valueCount(), 32);
      Quantization.decode(TensorType.F16, source.data(half), values, 5000, 256);
      MemorySegment expected = arena.allocate(head.byteSize(), 32);
      Quantization.encode(TensorType.Q8_0, values, expected, 5000, 256);
      assertThat(file.data(head).mismatch(expected)).isEqualTo(-1);
    }
  }

  @Test
  void copiesWhatKeepsItsType() throws IOException {
    SmallModel.recursive().with("blk.0.attn_k.weight", TensorType.Q8_0, 256, 16).write(input);

    QuantizationReport report = quantize(FileType.Q8_0);

    assertThat(report.tensors())
        .filteredOn(TensorPlan::isCopied)
        .extracting(TensorPlan::name)
        .contains("blk.0.attn_k.weight", "output_norm.weight");
    try (GgufFile source = GgufFile.open(input);
        GgufFile file = GgufFile.open(output)) {
      for (String name : List.of("blk.0.attn_k.weight", "output_norm.weight")) {
        MemorySegment copied = file.data(file.tensor(name).orElseThrow());
        assertThat(copied.mismatch(source.data(source.tensor(name).orElseThrow()))).isEqualTo(-1);
      }
    }
  }

  @Test
  void copiesMetadataAndSaysTheType() throws IOException {
    SmallModel.recursive().write(input);

    quantize(FileType.Q4_K_M);

    try (GgufFile source = GgufFile.open(input);
        GgufFile file = GgufFile.open(output)) {
      for (String key : source.metadata().keys()) {
        if (!key.equals("general.file_type")) {
          assertThat(file.metadata().find(key)).as(key).isEqualTo(source.metadata().find(key));
        }
      }
      assertThat(file.metadata().count("general.file_type")).isEqualTo(15);
      assertThat(file.metadata().count("general.quantization_version")).isEqualTo(2);
    }
  }

  @Test
  void reportsFallbacksAndTrueBits() throws IOException {
    SmallModel.recursive().write(input);

    QuantizationReport report = quantize(FileType.Q4_K_M);

    assertThat(report.fallbacks())
        .extracting(TensorPlan::name, TensorPlan::wanted, TensorPlan::type)
        .containsExactly(tuple("blk.0.ffn_down.weight", TensorType.Q6_K, TensorType.Q8_0));
    assertThat(report.text())
        .contains("Q8_0 instead of Q6_K: 1 tensor with rows of 96 values, not a multiple of 256");
    try (GgufFile file = GgufFile.open(output)) {
      long bytes = file.tensors().stream().mapToLong(GgufTensorInfo::byteSize).sum();
      long values = file.tensors().stream().mapToLong(each -> each.shape().valueCount()).sum();
      assertThat(report.byteSize()).isEqualTo(bytes);
      assertThat(report.bitsPerWeight()).isCloseTo(8.0 * bytes / values, within(1e-9));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = FileType.class,
      names = {"F16", "Q8_0", "Q4_K_M", "TQ1_0"})
  void measuresTheErrorOfEachTensor(FileType type) throws IOException {
    // Several pieces, so that their sums have to be added up.
    SmallModel model = SmallModel.recursive().with("output.weight", TensorType.F32, 256, 3000);
    model.write(input);

    QuantizationReport report =
        Quantizer.quantize(
            new QuantizationOptions(
                input, output, RecipeOptions.of(type), Optional.empty(), false, 2, true),
            WorkProgress.SILENT);

    try (GgufFile file = GgufFile.open(output);
        Arena arena = Arena.ofConfined()) {
      for (GgufTensorInfo tensor : file.tensors()) {
        if (tensor.type() == TensorType.F32) {
          assertThat(report.errors()).doesNotContainKey(tensor.name());
          continue;
        }
        long count = tensor.shape().valueCount();
        MemorySegment decoded = arena.allocate(4 * count, 32);
        Quantization.decode(
            tensor.type(),
            file.data(tensor),
            decoded,
            tensor.shape().rowCount(),
            tensor.shape().size0());
        double expected =
            relativeDistance(model.floats(tensor.name()), decoded.toArray(ValueLayout.JAVA_FLOAT));
        assertThat(report.errors().get(tensor.name()).relative())
            .as(tensor.name())
            .isCloseTo(expected, within(1e-9));
      }
    }
    assertThat(report.table())
        .containsPattern("(?m)^output.weight .* bytes  error \\d+\\.\\d{4} %");
    assertThat(report.text()).containsPattern("(?m)^error +\\d+\\.\\d{4} % of the encoded weights");
  }

  private static double relativeDistance(float[] expected, float[] found) {
    double differences = 0;
    double squares = 0;
    for (int i = 0; i < expected.length; i++) {
      differences += Math.pow((double) found[i] - expected[i], 2);
      squares += Math.pow(expected[i], 2);
    }
    return Math.sqrt(differences / squares);
  }

  @Test
  void planWritesNothing() throws IOException {
    SmallModel.recursive().write(input);

    QuantizationReport planned = Quantizer.plan(options(FileType.Q4_0));

    assertThat(output).doesNotExist();
    assertThat(planned).isEqualTo(quantize(FileType.Q4_0));
    assertThat(planned.table().lines()).hasSize(8);
  }

  @Test
  void requantizesOnlyIfAllowed() throws IOException {
    SmallModel.recursive().with(UP, TensorType.Q8_0, 256, 96).write(input);

    assertRefused(
        options(FileType.Q4_0),
        "tensor " + UP + " is already quantized to Q8_0",
        "requantizing loses further quality",
        "convert the checkpoint to F16, BF16 or F32");

    QuantizationReport report =
        Quantizer.quantize(
            new QuantizationOptions(
                input, output, RecipeOptions.of(FileType.Q4_0), Optional.empty(), true, 1),
            WorkProgress.SILENT);
    assertThat(report.text())
        .containsPattern("warning\\s+1 tensor requantized: requantizing loses further quality");
    try (GgufFile file = GgufFile.open(output)) {
      assertThat(file.tensor(UP).orElseThrow().type()).isEqualTo(TensorType.Q4_0);
    }
  }

  @Test
  void failureHalfWayLeavesNothing() throws IOException {
    SmallModel.recursive().withValue("blk.0.ffn_down.weight", 4711, Float.NaN).write(input);

    assertRefused(options(FileType.Q4_0), "blk.0.ffn_down.weight", "NaN");
  }

  @Test
  void failureKeepsTheOldFile() throws IOException {
    SmallModel.recursive().withValue(UP, 3, Float.POSITIVE_INFINITY).write(input);
    Files.writeString(output, "old");

    assertThatThrownBy(() -> quantize(FileType.Q4_0)).isInstanceOf(QuantizationException.class);

    assertThat(output).hasContent("old");
  }

  @Test
  void failingListenerLeavesNothing() throws IOException {
    SmallModel.recursive().write(input);

    assertThatThrownBy(
            () ->
                Quantizer.quantize(
                    options(FileType.Q4_0),
                    state -> {
                      throw new IllegalStateException("enough");
                    }))
        .hasMessage("enough");

    try (Stream<Path> files = Files.list(temporary.resolve("out"))) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void refusesValuesThatWouldBecomeInfinite() throws IOException {
    SmallModel.recursive().withValue(UP, 3, 65520f).write(input);

    assertRefused(options(FileType.F16), UP, "65520", "F16");

    SmallModel.recursive().withValue(UP, 3, Float.MAX_VALUE).write(input);
    assertRefused(options(FileType.BF16), UP, "BF16");
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16", "Q4_0"})
  void refusesValuesThatAreNotFinite(FileType type) throws IOException {
    for (float value : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
      SmallModel.recursive().withValue(UP, 3, value).write(input);
      assertRefused(options(type), "in.gguf", "tensor " + UP, String.valueOf(value));

      SmallModel.recursive().withValue("router.up.weight", 4711, value).write(input);
      assertRefused(options(type), "tensor router.up.weight", String.valueOf(value));
    }
  }

  @Test
  void refusesHalfPrecisionValuesThatAreNotFiniteWhenItCopiesThem() throws IOException {
    for (TensorType type : List.of(TensorType.F16, TensorType.BF16)) {
      SmallModel.recursive()
          .with("output.weight", type, 256, 8)
          .withValue("output.weight", 2000, Float.POSITIVE_INFINITY)
          .write(input);

      assertRefused(
          options(type == TensorType.F16 ? FileType.F16 : FileType.BF16),
          "tensor output.weight",
          "Infinity");
    }
  }

  @Test
  void namesTheFirstTensorThatIsNotFinite() throws IOException {
    SmallModel.recursive()
        .withValue(DOWN, 0, Float.NaN)
        .withValue("output_norm.weight", 7, Float.NaN)
        .write(input);

    assertRefused(options(FileType.F16), "tensor output_norm.weight");
  }

  @Test
  void refusesTheInputAsOutput() throws IOException {
    SmallModel.recursive().write(input);
    byte[] before = Files.readAllBytes(input);
    Path link = Files.createSymbolicLink(temporary.resolve("link.gguf"), input);
    QuantizationOptions same =
        new QuantizationOptions(
            input, link, RecipeOptions.of(FileType.Q4_0), Optional.empty(), false, 1);

    assertRefused(same, "the same file as the input");

    assertThat(input).hasBinaryContent(before);
  }

  @Test
  void refusesTheImportanceMatrixAsOutput() throws IOException {
    SmallModel.recursive().write(input);
    Path importances = importances(Map.of());
    byte[] before = Files.readAllBytes(importances);
    Path link = Files.createLink(temporary.resolve("hard-link.gguf"), importances);
    QuantizationOptions same =
        new QuantizationOptions(
            input, link, RecipeOptions.of(FileType.Q4_0), Optional.of(importances), false, 1);

    assertRefused(same, "the same file as the input " + importances);

    assertThat(importances).hasBinaryContent(before);
  }

  @Test
  void refusesRulesThatMatchNothing() throws IOException {
    SmallModel.recursive().write(input);
    TensorTypeRule rule = new TensorTypeRule(Pattern.compile("router"), TensorType.Q4_0);
    RecipeOptions recipe =
        new RecipeOptions(FileType.Q8_0, false, Optional.empty(), Optional.empty(), List.of(rule));

    assertRefused(
        new QuantizationOptions(input, output, recipe, Optional.empty(), false, 1),
        "'router'",
        "in.gguf");
  }

  @Test
  void refusesOtherModels() throws IOException {
    assertRefused(options(FileType.Q4_0), "in.gguf");
    SmallModel.recursive().with("general.architecture", GgufValue.string("bird")).write(input);
    assertRefused(options(FileType.Q4_0), "expected one of mor, llama", "bird");
    SmallModel.recursive().with("mor.expert_count", GgufValue.uint32(8)).write(input);
    assertRefused(options(FileType.Q4_0), "experts");
    SmallModel.recursive().with("split.count", GgufValue.uint32(2)).write(input);
    assertRefused(options(FileType.Q4_0), "parts");
    SmallModel.recursive().without("mor.block_count").write(input);
    assertRefused(options(FileType.Q4_0), "mor.block_count");
    SmallModel.recursive().with("mor.attention.head_count_kv", GgufValue.uint32(0)).write(input);
    assertRefused(options(FileType.Q4_0), "head_count_kv");
  }

  @Test
  void progressEndsAtAllBytes() throws IOException {
    SmallModel.recursive().with("output.weight", TensorType.F16, 256, 3000).write(input);
    List<WorkProgress.State> heard = new ArrayList<>();

    Quantizer.quantize(options(FileType.Q4_0), heard::add);

    assertThat(heard).isSortedAccordingTo((a, b) -> Long.compare(a.doneBytes(), b.doneBytes()));
    WorkProgress.State last = heard.getLast();
    assertThat(last.doneBytes()).isEqualTo(last.totalBytes());
    assertThat(last.doneTensors()).isEqualTo(9).isEqualTo(last.tensorCount());
    assertThat(heard).hasSizeGreaterThan(9);
  }

  @Test
  void refusesThreadCountsOutOfRange() {
    assertThatThrownBy(
            () ->
                new QuantizationOptions(
                    input, output, RecipeOptions.of(FileType.Q4_0), Optional.empty(), false, 0))
        .hasMessage("threads: expected 1..512, found 0");
  }
}
