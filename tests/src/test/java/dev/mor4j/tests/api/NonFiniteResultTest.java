package dev.mor4j.tests.api;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mor4j.engine.EmbeddingRequest;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.engine.Pooling;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyModel.Weight;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Results that are NaN or infinite are refused, with the weight that causes them. */
class NonFiniteResultTest {
  private static final MorConfig EXPERT_CHOICE = TinyConfigs.expertChoice(KvPolicy.PER_STEP);
  private static final MorConfig TOKEN_CHOICE = TinyConfigs.tokenChoice(KvPolicy.PER_STEP);
  private static final int[] TOKENS = {3, 1, 4, 1, 5};
  private static final String OUTPUT_NORM = "output_norm.weight";
  private static final String CAUSE =
      "the model file is damaged: tensor %s has %s at index %d; convert or download it again";

  @TempDir private Path folder;

  private static TinyModel broken(MorConfig config, String tensor, int index, float value) {
    TinyModel model = TinyModel.of(config, TinyOptions.plain(5)).withTokenizer();
    Weight weight = model.weights().get(tensor);
    float[] values = weight.values().clone();
    values[index] = value;
    model.weights().put(tensor, new Weight(TensorType.F32, weight.shape(), values));
    return model;
  }

  private void refuses(TinyModel tiny, String message, Consumer<Engine> work) throws IOException {
    Path file = tiny.write(folder.resolve("tiny.gguf"));
    try (Model model = Model.load(file);
        Engine engine = Engine.builder(model).threads(1).build()) {
      ThrowingCallable call = () -> work.accept(engine);
      assertThatExceptionOfType(EngineException.class)
          .isThrownBy(call)
          .withMessageStartingWith(file + ": ")
          .withMessageContaining(" not finite: ")
          .withMessageEndingWith(message);
    }
  }

  private static void evaluate(Engine engine) {
    engine.evaluate(new EvaluationRequest(TOKENS, RoutingMode.TRAINED, 0));
  }

  private static void embed(Engine engine, Pooling pooling) {
    EmbeddingRequest request = EmbeddingRequest.builder().tokens(TOKENS).pooling(pooling).build();
    try {
      engine.embed(request).join();
    } catch (CompletionException failure) {
      throw failure.getCause() instanceof EngineException cause ? cause : failure;
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void namesTheWeightThatMakesAnEvaluationNonFinite(float value) throws IOException {
    refuses(
        broken(EXPERT_CHOICE, OUTPUT_NORM, 7, value),
        CAUSE.formatted(OUTPUT_NORM, value, 7),
        NonFiniteResultTest::evaluate);
  }

  @ParameterizedTest
  @EnumSource(Pooling.class)
  void namesTheWeightThatMakesAnEmbeddingNonFinite(Pooling pooling) throws IOException {
    refuses(
        broken(EXPERT_CHOICE, OUTPUT_NORM, 7, Float.NaN),
        CAUSE.formatted(OUTPUT_NORM, Float.NaN, 7),
        engine -> embed(engine, pooling));
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 0.8f})
  void namesTheWeightThatMakesAGenerationNonFinite(float temperature) throws IOException {
    refuses(
        broken(EXPERT_CHOICE, OUTPUT_NORM, 7, Float.NaN),
        CAUSE.formatted(OUTPUT_NORM, Float.NaN, 7),
        engine -> {
          var _ =
              Answer.to(
                  GenerationRequest.builder().promptTokens(TOKENS).temperature(temperature).build(),
                  engine);
        });
  }

  static Stream<TinyModel> brokenRouters() {
    String expert = "router.1.weight";
    String token = "router.weight";
    return Stream.of(
        broken(EXPERT_CHOICE, expert, 0, Float.NaN),
        broken(EXPERT_CHOICE, expert, 0, Float.POSITIVE_INFINITY),
        broken(TOKEN_CHOICE, token, 0, Float.NaN),
        broken(TOKEN_CHOICE, token, 0, Float.NEGATIVE_INFINITY));
  }

  /** Such tokens were dropped by the router before, and the results were finite. */
  @ParameterizedTest
  @MethodSource("brokenRouters")
  void namesTheWeightOfABrokenRouter(TinyModel model) throws IOException {
    refuses(model, " at index 0; convert or download it again", NonFiniteResultTest::evaluate);
  }

  @Test
  void saysThatTheComputationOverflowedIfAllWeightsAreFinite() throws IOException {
    TinyModel model = TinyModel.of(EXPERT_CHOICE, TinyOptions.plain(5));
    Weight norm = model.weights().get(OUTPUT_NORM);
    float[] huge = new float[norm.values().length];
    Arrays.fill(huge, Float.MAX_VALUE);
    model.weights().put(OUTPUT_NORM, new Weight(TensorType.F32, norm.shape(), huge));

    refuses(
        model,
        ": all weights are finite, so the computation overflowed; if keys and values are stored as F16, F32 has a larger range",
        NonFiniteResultTest::evaluate);
  }
}
