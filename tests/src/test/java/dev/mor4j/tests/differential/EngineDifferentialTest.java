package dev.mor4j.tests.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.Evaluation;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.DepthDraw;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.tests.fixtures.Difference;
import dev.mor4j.tests.fixtures.ReferenceForward;
import dev.mor4j.tests.fixtures.ReferenceWeights;
import dev.mor4j.tests.fixtures.SeededTest;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The engine computes what plain loops over doubles compute, for models that no golden covers. */
class EngineDifferentialTest {
  /** F32 sums against sums of doubles, over up to ten layers whose errors add up. */
  private static final double FLOAT_BOUND = 2e-5;

  private @TempDir Path folder;

  /** One run of one model. */
  private record Run(
      MorConfig config,
      TinyOptions options,
      int[] tokens,
      RoutingMode mode,
      int chunkSize,
      TensorType keyType,
      TensorType valueType) {}

  private record Outcome(ReferenceForward.Result expected, Evaluation found) {
    double logits() {
      return Difference.logits(expected, found);
    }

    double noise() {
      return Difference.logitNoise(expected, found);
    }
  }

  @SeededTest(80)
  void computesWhatPlainLoopsCompute(long seed) throws IOException {
    Random random = new Random(seed);
    MorConfig config = TinyConfigs.random(seed);
    int[] tokens = randomTokens(config, 1 + random.nextInt(40), seed);
    RoutingMode mode = randomMode(config, random);
    int chunkSize = mode.isCausal(config) ? random.nextInt(tokens.length + 1) : 0;
    Run run =
        new Run(
            config,
            TinyConfigs.randomOptions(seed),
            tokens,
            mode,
            chunkSize,
            TensorType.F32,
            TensorType.F32);

    Outcome outcome = outcome(run);

    assertThat(outcome.found().depths()).as(run.toString()).isEqualTo(outcome.expected().depths());
    assertThat(Difference.scores(outcome.expected(), outcome.found()))
        .as("scores of " + run)
        .isLessThan(FLOAT_BOUND);
    assertThat(outcome.logits()).as("logits of " + run).isLessThan(FLOAT_BOUND);
  }

  private static RoutingMode randomMode(MorConfig config, Random random) {
    int depth = 1 + random.nextInt(config.recursionCount());
    return switch (random.nextInt(5)) {
      case 0 -> rankedOrDrawn(config, depth);
      case 1 -> RoutingMode.parse("fixed:" + depth);
      case 2 -> RoutingMode.TRAINED.limitedTo(depth);
      default -> RoutingMode.TRAINED;
    };
  }

  /** Top-k where the model has it; else drawn depths, which need a router. */
  private static RoutingMode rankedOrDrawn(MorConfig config, int depth) {
    return switch (config.routing().kind()) {
      case EXPERT_CHOICE -> RoutingMode.parse("top-k");
      case TOKEN_CHOICE ->
          RoutingMode.drawn(new DepthDraw(List.of(1.0, 0.7, 0.4, 0.2).subList(0, depth), 7));
      case NONE -> RoutingMode.TRAINED;
    };
  }

  static Stream<Arguments> longSequences() {
    MorConfig usual = TinyConfigs.expertChoice(KvPolicy.PER_STEP);
    Stream<Arguments> inChunks =
        Stream.of(
                usual,
                TinyConfigs.expertChoice(KvPolicy.SHARED_UPDATE),
                TinyConfigs.tokenChoice(KvPolicy.SHARED),
                TinyConfigs.recursive(SharingPattern.SEQUENCE, KvPolicy.SHARED))
            .flatMap(config -> Stream.of(130, 512).map(chunk -> Arguments.of(config, chunk)));
    return Stream.concat(Stream.of(Arguments.of(usual, 1)), inChunks);
  }

  /**
   * Fused attention has other loops for one row, few rows and many, and splits what is longer than
   * 512 slots; the window grows by 256 slots at a time.
   */
  @ParameterizedTest
  @MethodSource("longSequences")
  void staysExactBeyondOneWindow(MorConfig config, int chunkSize) throws IOException {
    int[] tokens = randomTokens(config, 540, 3);

    Outcome outcome =
        outcome(
            new Run(
                config,
                TinyOptions.plain(5),
                tokens,
                RoutingMode.TRAINED,
                chunkSize,
                TensorType.F32,
                TensorType.F32));

    assertThat(outcome.found().depths()).isEqualTo(outcome.expected().depths());
    assertThat(outcome.logits()).isLessThan(FLOAT_BOUND);
  }

  /**
   * Depths are fixed here: rounding may push a score over its threshold, which is no error. The
   * bounds are two to three times what rounding in each layer adds up to here: one value is rounded
   * by up to 2^-11 (F16), 2^-8 (BF16), 1/254 (Q8_0) and 1/14 (Q4_0) of the largest beside it.
   */
  @ParameterizedTest
  @CsvSource({
    "F16, F16, 1.5e-3",
    "BF16, BF16, 1.2e-2",
    "Q8_0, Q8_0, 4e-2",
    "Q8_0, F16, 3e-2",
    "F16, Q4_0, 0.3",
    "Q4_0, Q4_0, 0.4"
  })
  void losesNoMoreThanTheCacheTypeRounds(TensorType keys, TensorType values, double bound)
      throws IOException {
    MorConfig config = withKeyLength(32);
    int[] tokens = randomTokens(config, 300, 7);

    Outcome outcome =
        outcome(
            new Run(
                config,
                TinyOptions.plain(11),
                tokens,
                RoutingMode.parse("fixed:3"),
                100,
                keys,
                values));
    assertThat(outcome.noise()).isLessThan(bound);
  }

  /**
   * The plain loops decode the weights and keep activations as they are; ggml rounds activations to
   * the weights' companion type (F16, BF16, blocks of 8 bits), so that much is lost in each
   * product.
   */
  @ParameterizedTest
  @CsvSource({"F16, 1.5e-3", "BF16, 1.5e-2", "Q8_0, 4e-2"})
  void losesNoMoreThanTheWeightTypeRounds(TensorType type, double bound) throws IOException {
    MorConfig config = TinyConfigs.expertChoice(KvPolicy.PER_STEP);
    int[] tokens = randomTokens(config, 60, 9);

    Outcome outcome =
        outcome(
            new Run(
                config,
                TinyOptions.plain(13).withMatrixType(type),
                tokens,
                RoutingMode.parse("fixed:3"),
                0,
                TensorType.F32,
                TensorType.F32));
    assertThat(outcome.noise()).isLessThan(bound);
  }

  private static MorConfig withKeyLength(int keyLength) {
    MorConfig usual = TinyConfigs.expertChoice(KvPolicy.PER_STEP);
    return new MorConfig(
        usual.name(),
        usual.contextLength(),
        usual.embeddingLength(),
        usual.feedForwardLength(),
        usual.vocabularySize(),
        new dev.mor4j.model.AttentionConfig(4, 2, keyLength, 1e-5f, 10_000, keyLength),
        usual.recursion(),
        usual.routing(),
        usual.kvPolicy());
  }

  private static int[] randomTokens(MorConfig config, int count, long seed) {
    Random random = new Random(seed);
    return IntStream.range(0, count).map(i -> random.nextInt(config.vocabularySize())).toArray();
  }

  private Outcome outcome(Run run) throws IOException {
    Path file = TinyModel.of(run.config(), run.options()).write(folder.resolve("tiny.gguf"));
    ReferenceForward reference = new ReferenceForward(run.config(), ReferenceWeights.read(file));
    try (Model model = Model.load(file);
        Engine engine =
            Engine.builder(model)
                .contextSize(1024)
                .threads(1) // the models are so small that threads would only wait
                .keyType(run.keyType())
                .valueType(run.valueType())
                .build()) {
      assertThat(List.of(model.config())).containsExactly(run.config());
      Evaluation found =
          engine.evaluate(new EvaluationRequest(run.tokens(), run.mode(), run.chunkSize()));
      return new Outcome(reference.run(run.tokens(), run.mode()), found);
    }
  }
}
