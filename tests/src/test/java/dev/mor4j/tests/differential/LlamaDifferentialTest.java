package dev.mor4j.tests.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.Evaluation;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RopePairing;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.TensorId;
import dev.mor4j.model.TensorRole;
import dev.mor4j.tests.fixtures.Difference;
import dev.mor4j.tests.fixtures.ReferenceForward;
import dev.mor4j.tests.fixtures.ReferenceWeights;
import dev.mor4j.tests.fixtures.TinyLlama;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyModel.Weight;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of the architecture {@code llama} run as the models that they are. */
class LlamaDifferentialTest {
  /** F32 sums against sums of doubles, over three layers. */
  private static final double FLOAT_BOUND = 2e-5;

  private static final int[] TOKENS =
      IntStream.generate(new Random(4)::nextInt).limit(50).map(each -> each & 0xFF).toArray();

  private @TempDir Path folder;

  /**
   * The bounds are those of the same types in {@link EngineDifferentialTest}; a Q4_0 rounds 1/14.
   */
  @ParameterizedTest
  @CsvSource({"F32, 2e-5", "F16, 1.5e-3", "Q8_0, 4e-2", "Q4_0, 4e-2"})
  void computesWhatPlainLoopsCompute(TensorType type, double bound) throws IOException {
    Path file =
        TinyLlama.of(TinyOptions.plain(21).withMatrixType(type)).write(folder.resolve("llama"));

    Evaluation found = evaluate(file, 0);

    assertThat(Difference.logitNoise(reference(file), found)).isLessThan(bound);
  }

  @Test
  void hasAHeadOfItsOwnWhereTheFileHasOne() throws IOException {
    TinyOptions untied = new TinyOptions(22, false, false, false, false, false, TensorType.F32);
    Path file = TinyLlama.of(untied).write(folder.resolve("llama"));

    assertThat(Difference.logits(reference(file), evaluate(file, 7))).isLessThan(FLOAT_BOUND);
  }

  @Test
  void dividesAnglesByTheFactorsOfTheFile() throws IOException {
    TinyModel model = TinyLlama.of(TinyOptions.plain(23));
    float[] factors = {1, 1, 1.5f, 2, 4, 8, 8, 32};
    model
        .weights()
        .put(
            TensorId.of(TensorRole.ROPE_FACTORS).name(),
            new Weight(TensorType.F32, Shape.of(8), factors));
    Path file = model.write(folder.resolve("llama"));

    assertThat(Difference.logits(reference(file), evaluate(file, 0))).isLessThan(FLOAT_BOUND);
  }

  /** The same sums in another order. */
  @ParameterizedTest
  @ValueSource(ints = {16, 8})
  void equalsTheSameWeightsInTheOrderOfHalves(int ropeDimensionCount) throws IOException {
    TinyOptions options = TinyOptions.plain(24);
    MorConfig halves = TinyLlama.config(RopePairing.SPLIT_HALVES, ropeDimensionCount);
    Path mor = TinyModel.of(halves, options).write(folder.resolve("mor"));
    Path llama =
        TinyLlama.renamed(TinyLlama.permuted(TinyModel.of(halves, options)))
            .write(folder.resolve("llama"));

    assertThat(Difference.logits(evaluate(mor, 0), evaluate(llama, 0))).isLessThan(1e-5);
  }

  private static ReferenceForward.Result reference(Path file) throws IOException {
    return new ReferenceForward(
            TinyLlama.config(RopePairing.ADJACENT, 16), ReferenceWeights.read(file))
        .run(TOKENS, RoutingMode.TRAINED);
  }

  private static Evaluation evaluate(Path file, int chunkSize) throws IOException {
    try (Model model = Model.load(file);
        Engine engine =
            Engine.builder(model)
                .contextSize(64)
                .threads(1)
                .keyType(TensorType.F32)
                .valueType(TensorType.F32)
                .build()) {
      return engine.evaluate(new EvaluationRequest(TOKENS, RoutingMode.TRAINED, chunkSize));
    }
  }
}
