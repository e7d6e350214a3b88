package dev.mor4j.tests.fuzz;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyModel.Weight;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A model file with one error is refused with its place, the expected value and the found value.
 */
class RefusedModelTest {
  private @TempDir Path folder;

  private Path write(TinyModel model) throws IOException {
    return model.write(folder.resolve("model.gguf"));
  }

  private void assertRefused(TinyModel model, String... words) throws IOException {
    Path file = write(model);

    assertThatThrownBy(() -> Model.load(file).close())
        .isInstanceOf(GgufFormatException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContainingAll(words);
  }

  @Test
  void namesEveryMissingTensor() throws IOException {
    List<String> optional = List.of("output.weight", "router.bias");
    for (int index = 0; index < FuzzModels.COUNT; index++) {
      for (String name : List.copyOf(FuzzModels.get(index).weights().keySet())) {
        TinyModel model = FuzzModels.get(index);
        model.weights().remove(name);
        if (optional.contains(name)) {
          Path file = write(model);
          assertThatCode(() -> Model.load(file).close()).doesNotThrowAnyException();
        } else {
          assertRefused(model, name, "expected a tensor of shape", "found none of that name");
        }
      }
    }
  }

  @Test
  void namesTheTensorThatOneRecursionStepLacks() throws IOException {
    TinyModel model = withStepAttention();
    model.weights().remove("blk.1.step.1.attn_k.weight");

    assertRefused(model, "blk.1.step.1.attn_k.weight", "expected a tensor of shape", "found none");
  }

  @Test
  void namesATensorThatIsBothSharedAndPerStep() throws IOException {
    TinyModel model = withStepAttention();
    model
        .weights()
        .put(
            "blk.1.attn_k.weight",
            Objects.requireNonNull(model.weights().get("blk.1.step.0.attn_k.weight")));

    assertRefused(
        model,
        "blk.1.attn_k.weight",
        "expected either this tensor or one for each recursion step",
        "blk.1.step.0.attn_k.weight");
  }

  private static TinyModel withStepAttention() {
    return TinyModel.of(
        TinyConfigs.expertChoice(KvPolicy.PER_STEP),
        new TinyOptions(1, true, true, false, false, false, TensorType.F32));
  }

  @Test
  void loadsModelsWithoutRecursionEncodings() throws IOException {
    TinyModel model = FuzzModels.get(3);
    model.weights().keySet().removeIf(name -> name.endsWith("recursion_encoding.weight"));
    Path file = write(model);

    assertThatCode(() -> Model.load(file).close()).doesNotThrowAnyException();
  }

  @Test
  void namesTheFirstTensorIfTheFileHasNone() throws IOException {
    TinyModel model = FuzzModels.get(0);
    model.weights().clear();

    assertRefused(model, "token_embd.weight", "found none of that name");
  }

  @Test
  void namesShapesExpectedAndFound() throws IOException {
    TinyModel model = FuzzModels.get(0);
    model
        .weights()
        .put("blk.1.ffn_up.weight", new Weight(TensorType.F32, Shape.of(8, 32), new float[8 * 32]));

    assertRefused(model, "blk.1.ffn_up.weight", "expected shape [16, 16]", "found F32 [8, 32]");
  }

  @Test
  void namesTypesExpectedAndFound() throws IOException {
    TinyModel model = FuzzModels.get(0);
    model
        .weights()
        .put("output_norm.weight", new Weight(TensorType.F16, Shape.of(16), new float[16]));

    assertRefused(model, "output_norm.weight", "expected F32 [16]", "found F16 [16]");
  }

  @ParameterizedTest
  @CsvSource({
    "general.architecture, qwen2, expected one of mor",
    "mor.recursion.sharing, spiral, one of none",
    "mor.routing.type, random, expert_choice",
    "mor.kv.policy, everything, shared_update"
  })
  void namesChoices(String key, String word, String expected) throws IOException {
    TinyModel model = FuzzModels.get(0);
    model.metadata().put(key, GgufValue.string(word));

    assertRefused(model, key, expected, "found " + word);
  }

  @ParameterizedTest
  @CsvSource({
    "mor.block_count, 4000000000",
    "mor.vocab_size, 2000000000",
    "mor.embedding_length, 0",
    "mor.recursion.count, 65",
    "mor.recursion.block_length, 5000",
    "mor.attention.head_count, 4294967295",
    "mor.attention.key_length, 7",
    "mor.rope.dimension_count, 10"
  })
  void refusesCountsOutOfRange(String key, long value) throws IOException {
    TinyModel model = FuzzModels.get(0);
    model.metadata().put(key, GgufValue.uint32(value));

    assertRefused(model, key, "expected", "found");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 16, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void refusesTokensOutsideTheVocabulary(int token) throws IOException {
    Path file = write(FuzzModels.get(0));

    try (Model model = Model.load(file);
        Engine engine = Engine.builder(model).contextSize(16).threads(1).build()) {
      assertThatThrownBy(
              () ->
                  engine.evaluate(
                      new EvaluationRequest(new int[] {1, token}, RoutingMode.TRAINED, 0)))
          .isInstanceOf(InvalidConfigException.class)
          .hasMessageContainingAll("token ids 0..15", String.valueOf(token));
    }
  }

  @Test
  void refusesMoreTokensThanTheContext() throws IOException {
    Path file = write(FuzzModels.get(0));

    try (Model model = Model.load(file);
        Engine engine = Engine.builder(model).contextSize(16).threads(1).build()) {
      assertThatThrownBy(
              () -> engine.evaluate(new EvaluationRequest(new int[17], RoutingMode.TRAINED, 0)))
          .isInstanceOf(InvalidConfigException.class)
          .hasMessageContainingAll("at most 16 tokens", "found 17");
    }
  }

  @Test
  void refusesCacheTypesWhoseBlocksDoNotFitAHead() throws IOException {
    Path file = write(FuzzModels.get(0));

    try (Model model = Model.load(file)) {
      assertThatThrownBy(
              () -> Engine.builder(model).contextSize(16).keyType(TensorType.Q8_0).build().close())
          .isInstanceOf(InvalidConfigException.class)
          .hasMessageContainingAll("K/V type", "heads of 8 values", "found Q8_0 with blocks of 32");
    }
  }

  @Test
  void refusesAContextThatDoesNotFitMemory() throws IOException {
    // 160 KiB a token, 2.5 TiB for the longest context.
    Path file = write(TinyModel.of(LargeCache.config(), TinyOptions.plain(1)));

    try (Model model = Model.load(file)) {
      assertThatThrownBy(() -> Engine.builder(model).contextSize(1 << 24).build().close())
          .isInstanceOf(EngineException.class)
          .hasMessageContainingAll("16777216 tokens", "MiB", "use a smaller context");
    }
  }

  @Test
  void refusesTextWithoutATokenizer() throws IOException {
    Path file = write(FuzzModels.get(0));

    try (Model model = Model.load(file);
        Engine engine = Engine.builder(model).contextSize(16).threads(1).build()) {
      assertThatThrownBy(
              () -> engine.generate(GenerationRequest.builder().prompt("text").build()).close())
          .isInstanceOf(EngineException.class)
          .hasMessageContainingAll(file.toString(), "no tokenizer");
    }
  }
}
