package dev.mor4j.tests.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.Embedding;
import dev.mor4j.engine.EmbeddingRequest;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.engine.Pooling;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.TensorId;
import dev.mor4j.model.TensorRole;
import dev.mor4j.tests.fixtures.Difference;
import dev.mor4j.tests.fixtures.ReferenceForward;
import dev.mor4j.tests.fixtures.ReferenceWeights;
import dev.mor4j.tests.fixtures.SeededTest;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.io.TempDir;

/** Embeddings are the states that plain loops over doubles have before the head. */
class EmbeddingDifferentialTest {
  private static final double FLOAT_BOUND = 2e-5;

  private @TempDir Path folder;

  @SeededTest(40)
  void areTheStatesOfPlainLoops(long seed) throws IOException {
    Random random = new Random(seed);
    MorConfig config = TinyConfigs.random(seed);
    int[] tokens = random.ints(1 + random.nextInt(40), 0, config.vocabularySize()).toArray();
    RoutingMode mode =
        config.routing().kind() == RoutingKind.EXPERT_CHOICE && random.nextInt(3) == 0
            ? RoutingMode.parse("top-k")
            : RoutingMode.TRAINED;
    Path file =
        TinyModel.of(config, TinyConfigs.randomOptions(seed)).write(folder.resolve("tiny.gguf"));
    ReferenceWeights weights = ReferenceWeights.read(file);
    ReferenceForward.Result expected = new ReferenceForward(config, weights).run(tokens, mode);

    try (Model model = Model.load(file);
        Engine engine =
            Engine.builder(model)
                .threads(1)
                .keyType(TensorType.F32)
                .valueType(TensorType.F32)
                .build()) {
      EmbeddingRequest.Builder request =
          EmbeddingRequest.builder().tokens(tokens).routing(mode).normalized(false);
      Embedding each = engine.embed(request.pooling(Pooling.NONE).build()).join();
      Embedding mean = engine.embed(request.pooling(Pooling.MEAN).build()).join();
      Embedding last = engine.embed(request.pooling(Pooling.LAST).build()).join();
      Embedding unit = engine.embed(request.normalized(true).build()).join();
      float[] logits = engine.evaluate(new EvaluationRequest(tokens, mode, 0)).logits();

      double[] states = Arrays.stream(expected.hidden()).flatMapToDouble(Arrays::stream).toArray();
      double[] lastState = expected.hidden()[tokens.length - 1];
      assertThat(Difference.relative(states, each.values())).isLessThan(FLOAT_BOUND);
      assertThat(Difference.relative(mean(expected.hidden()), mean.values()))
          .isLessThan(FLOAT_BOUND);
      assertThat(Difference.relative(lastState, last.values())).isLessThan(FLOAT_BOUND);
      assertThat(Difference.relative(scaled(lastState), unit.values())).isLessThan(FLOAT_BOUND);
      assertThat(each.depths()).isEqualTo(expected.depths());
      assertThat(last.depths()).isEqualTo(expected.depths());
      assertThat(Difference.relative(headOf(each, weights), logits)).isLessThan(FLOAT_BOUND);
    }
  }

  private static double[] mean(double[][] states) {
    double[] mean = new double[states[0].length];
    for (double[] state : states) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += state[i] / states.length;
      }
    }
    return mean;
  }

  private static double[] scaled(double[] state) {
    double length = Math.sqrt(DoubleStream.of(state).map(value -> value * value).sum());
    return DoubleStream.of(state).map(value -> value / length).toArray();
  }

  private static double[] headOf(Embedding states, ReferenceWeights weights) {
    double[][] head =
        weights.matrix(
            TensorId.of(
                    weights.has(TensorId.of(TensorRole.OUTPUT).name())
                        ? TensorRole.OUTPUT
                        : TensorRole.TOKEN_EMBEDDING)
                .name());
    double[] logits = new double[states.vectorCount() * head.length];
    for (int i = 0; i < logits.length; i++) {
      float[] state = states.vector(i / head.length);
      double[] row = head[i % head.length];
      for (int j = 0; j < state.length; j++) {
        logits[i] += row[j] * state[j];
      }
    }
    return logits;
  }
}
