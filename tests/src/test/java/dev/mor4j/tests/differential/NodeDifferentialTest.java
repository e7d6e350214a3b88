package dev.mor4j.tests.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RopePairing;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.model.TensorId;
import dev.mor4j.model.TensorRole;
import dev.mor4j.tests.fixtures.NamedNodes;
import dev.mor4j.tests.fixtures.ReferenceForward;
import dev.mor4j.tests.fixtures.ReferenceWeights;
import dev.mor4j.tests.fixtures.SeededTest;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyLlama;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyModel.Weight;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every named tensor of the engine's graphs equals that of plain loops over doubles. The first one
 * that differs, in order of computation, tells which operation is wrong.
 */
class NodeDifferentialTest {
  private @TempDir Path folder;

  /** One run of one model. */
  private record Run(MorConfig config, TinyOptions options, RoutingMode mode, int chunkSize) {}

  static Stream<Arguments> models() {
    Stream<MorConfig> expertChoice = Stream.of(KvPolicy.values()).map(TinyConfigs::expertChoice);
    Stream<MorConfig> tokenChoice =
        Stream.of(KvPolicy.PER_STEP, KvPolicy.SHARED).map(TinyConfigs::tokenChoice);
    Stream<MorConfig> recursive =
        Stream.of(
            TinyConfigs.recursive(SharingPattern.CYCLE, KvPolicy.PER_STEP),
            TinyConfigs.recursive(SharingPattern.CYCLE, KvPolicy.SHARED),
            TinyConfigs.recursive(SharingPattern.SEQUENCE, KvPolicy.PER_STEP),
            TinyConfigs.recursive(SharingPattern.SEQUENCE, KvPolicy.SHARED),
            TinyConfigs.recursive(SharingPattern.MIDDLE_CYCLE, KvPolicy.PER_STEP),
            TinyConfigs.recursive(SharingPattern.MIDDLE_CYCLE, KvPolicy.SHARED),
            TinyConfigs.recursive(SharingPattern.MIDDLE_SEQUENCE, KvPolicy.PER_STEP));
    return Stream.of(expertChoice, tokenChoice, recursive)
        .flatMap(configs -> configs)
        .flatMap(config -> Stream.of(0, 7).map(chunkSize -> Arguments.of(config, chunkSize)));
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyNodeEqualsThatOfPlainLoops(MorConfig config, int chunkSize) throws IOException {
    Run run = new Run(config, TinyOptions.plain(3), RoutingMode.TRAINED, chunkSize);
    Path file = TinyModel.of(config, run.options()).write(folder.resolve("tiny.gguf"));

    assertThat(firstDifference(expected(run, file), found(run, file))).as(run.toString()).isEmpty();
  }

  @SeededTest(30)
  void everyNodeOfAnyModelEqualsThatOfPlainLoops(long seed) throws IOException {
    Random random = new Random(seed);
    MorConfig config = TinyConfigs.random(seed);
    String mode = random.nextInt(3) == 0 ? "fixed:1" : "trained";
    Run run = new Run(config, TinyConfigs.randomOptions(seed), RoutingMode.parse(mode), 0);
    Path file = TinyModel.of(config, run.options()).write(folder.resolve("tiny.gguf"));

    assertThat(firstDifference(expected(run, file), found(run, file))).as(run.toString()).isEmpty();
  }

  @Test
  void everyNodeOfALlamaEqualsThatOfPlainLoops() throws IOException {
    MorConfig config = TinyLlama.config(RopePairing.ADJACENT, 16);
    Run run = new Run(config, TinyOptions.plain(21), RoutingMode.TRAINED, 0);
    Path file = TinyLlama.of(run.options()).write(folder.resolve("llama.gguf"));

    NamedNodes expected = expected(run, file);

    assertThat(firstDifference(expected, found(run, file))).isEmpty();
    assertThat(expected.names())
        .startsWith("embedding", "step_in.r0", "attn_norm.l0", "attn_k.l0")
        .endsWith("block_out.l2", "coda_in", "output_norm", "logits");
  }

  /** A wrong weight shows in the first tensor that is computed with it. */
  @ParameterizedTest
  @CsvSource({
    "ATTN_NORM, attn_norm.r0.l2",
    "ATTN_Q, attn_q.r0.l2",
    "ATTN_K, attn_k.r0.l2",
    "ATTN_V, attn_v.r0.l2",
    "ATTN_OUTPUT, attn_proj.r0.l2",
    "FFN_NORM, ffn_norm.r0.l2",
    "FFN_GATE, ffn_gate.r0.l2",
    "FFN_UP, ffn_up.r0.l2",
    "FFN_DOWN, ffn_down.r0.l2"
  })
  void namesTheTensorOfAWrongWeight(TensorRole wrong, String name) throws IOException {
    MorConfig config = TinyConfigs.expertChoice(KvPolicy.PER_STEP);
    Run run = new Run(config, TinyOptions.plain(3), RoutingMode.TRAINED, 0);
    TinyModel model = TinyModel.of(config, run.options());
    Path right = model.write(folder.resolve("right.gguf"));
    Weight weight = model.weights().get(TensorId.inBlock(wrong, 2).name());
    weight.values()[1] += 0.1f;
    Path planted = model.write(folder.resolve("wrong.gguf"));

    assertThat(firstDifference(expected(run, right), found(run, planted))).contains(name);
  }

  /** A wrong operation shows in its own tensor: here rotations of pairs in another order. */
  @Test
  void namesTheTensorOfAWrongOperation() throws IOException {
    Run run =
        new Run(
            TinyLlama.config(RopePairing.SPLIT_HALVES, 16),
            TinyOptions.plain(21),
            RoutingMode.TRAINED,
            0);
    Path file = TinyLlama.of(run.options()).write(folder.resolve("llama.gguf"));

    assertThat(firstDifference(expected(run, file), found(run, file))).contains("attn_k_rope.l0");
  }

  /** The name of the first tensor, in order of computation, that differs by more than its bound. */
  private static Optional<String> firstDifference(NamedNodes expected, NamedNodes found) {
    for (String name : expected.names()) {
      if (!(expected.difference(name, found) <= bound(name))) {
        return Optional.of(name);
      }
    }
    return found.names().stream().filter(name -> expected.rows(name).isEmpty()).findFirst();
  }

  /**
   * The largest difference relative to the greatest value of the tensor. Operations round by 6e-8,
   * and the error grows from layer to layer. The bounds are about three times what these models
   * show at most: 1e-6 for norms, projections and attention, 1.5e-6 where products of activations
   * are summed, and 2e-6 for router logits, whose greatest value is small.
   */
  private static double bound(String name) {
    return switch (name.split("\\.", -1)[0]) {
      case "embedding" -> 0; // copied
      case "ffn_swiglu", "ffn_down", "ffn_out", "block_out" -> 5e-6;
      case "router_logits", "router_aux_logits" -> 6e-6;
      default -> 3e-6;
    };
  }

  private static NamedNodes expected(Run run, Path file) throws IOException {
    return new ReferenceForward(run.config(), ReferenceWeights.read(file))
        .run(tokens(run.config()), run.mode())
        .nodes();
  }

  private static NamedNodes found(Run run, Path file) throws IOException {
    NamedNodes nodes = new NamedNodes();
    try (Model model = Model.load(file);
        Engine engine =
            Engine.builder(model)
                .contextSize(64)
                .threads(1)
                .keyType(TensorType.F32)
                .valueType(TensorType.F32)
                .nodeObserver(nodes)
                .build()) {
      engine.evaluate(new EvaluationRequest(tokens(run.config()), run.mode(), run.chunkSize()));
    }
    return nodes;
  }

  private static int[] tokens(MorConfig config) {
    Random random = new Random(9);
    return IntStream.range(0, 20).map(i -> random.nextInt(config.vocabularySize())).toArray();
  }
}
