package dev.mor4j.tests.batchinvariance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.MixedRequests;
import dev.mor4j.tests.fixtures.Models;
import dev.mor4j.tests.fixtures.SeededTest;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyLlama;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Deterministic engines are batch-invariant: tokens and log-probabilities of an answer are the same
 * to the last bit, whatever else is in the batch.
 */
class BatchInvarianceTest {
  private static final List<GenerationRequest> REQUESTS = MixedRequests.of(1, 32);
  private @TempDir Path folder;

  private static EngineBuilder deterministic(EngineBuilder builder) {
    return builder.deterministic(true);
  }

  static Stream<Arguments> models() {
    TinyOptions plain = TinyOptions.plain(3);
    TinyOptions perStep = new TinyOptions(3, false, true, true, true, true, TensorType.F32);
    return Map.of(
            "expert choice", TinyModel.of(TinyConfigs.expertChoice(KvPolicy.PER_STEP), plain),
            "expert choice, shared", TinyModel.of(TinyConfigs.expertChoice(KvPolicy.SHARED), plain),
            "expert choice, updated",
                TinyModel.of(TinyConfigs.expertChoice(KvPolicy.SHARED_UPDATE), plain),
            "expert choice, weights by step",
                TinyModel.of(TinyConfigs.expertChoice(KvPolicy.PER_STEP), perStep),
            "token choice", TinyModel.of(TinyConfigs.tokenChoice(KvPolicy.PER_STEP), plain),
            "token choice, shared, weights by step",
                TinyModel.of(TinyConfigs.tokenChoice(KvPolicy.SHARED), perStep),
            "recursive cycle",
                TinyModel.of(TinyConfigs.recursive(SharingPattern.CYCLE, KvPolicy.PER_STEP), plain),
            "recursive sequence",
                TinyModel.of(
                    TinyConfigs.recursive(SharingPattern.MIDDLE_SEQUENCE, KvPolicy.PER_STEP),
                    perStep),
            "llama", TinyLlama.of(plain))
        .entrySet()
        .stream()
        .sorted(Map.Entry.comparingByKey())
        .map(each -> Arguments.of(each.getKey(), each.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void doesNotDependOnTheNumberOfRequests(String name, TinyModel tiny) throws IOException {
    try (Model model = Model.load(file(tiny))) {
      List<Answer> alone = BatchSetting.alone(deterministic(builder(model)), REQUESTS);

      for (int parallel : new int[] {3, 8, 32}) {
        requireSame(
            alone, model, BatchSetting.DEFAULT, BatchInvarianceTest::deterministic, parallel);
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void doesNotDependOnBatchSettings(String name, TinyModel tiny) throws IOException {
    try (Model model = Model.load(file(tiny))) {
      List<Answer> alone = BatchSetting.alone(deterministic(builder(model)), REQUESTS);

      for (BatchSetting setting : BatchSetting.values()) {
        requireSame(alone, model, setting, BatchInvarianceTest::deterministic, 8);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = TensorType.class,
      names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "IQ4_NL"})
  void holdsForEveryWeightType(TensorType type) throws IOException {
    TinyOptions options = TinyOptions.plain(5).withMatrixType(type);

    try (Model model =
        Model.load(file(TinyModel.of(TinyConfigs.expertChoice(KvPolicy.PER_STEP), options)))) {
      List<Answer> alone = BatchSetting.alone(deterministic(builder(model)), REQUESTS);

      for (BatchSetting setting :
          List.of(
              BatchSetting.DEFAULT, BatchSetting.SMALL_BATCHES, BatchSetting.LITTLE_KV_MEMORY)) {
        requireSame(alone, model, setting, BatchInvarianceTest::deterministic, 8);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = TensorType.class,
      names = {"Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"})
  void holdsForWeightTypesWithLargeBlocks(TensorType type) throws IOException {
    TinyOptions options = TinyOptions.plain(5).withMatrixType(type);

    try (Model model = Model.load(file(TinyModel.of(wideMatrices(), options)))) {
      List<Answer> alone = BatchSetting.alone(deterministic(builder(model)), REQUESTS);

      requireSame(alone, model, BatchSetting.DEFAULT, BatchInvarianceTest::deterministic, 8);
      requireSame(alone, model, BatchSetting.SMALL_BATCHES, BatchInvarianceTest::deterministic, 8);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = TensorType.class,
      names = {"F32", "F16", "BF16", "Q8_0", "Q4_0"})
  void holdsForEveryKvType(TensorType type) throws IOException {
    UnaryOperator<EngineBuilder> options =
        builder -> deterministic(builder).keyType(type).valueType(type);
    TinyModel tiny = TinyModel.of(wideHeads(), TinyOptions.plain(6));

    try (Model model = Model.load(file(tiny))) {
      List<Answer> alone = BatchSetting.alone(options.apply(builder(model)), REQUESTS);

      for (BatchSetting setting :
          List.of(
              BatchSetting.DEFAULT, BatchSetting.SMALL_BATCHES, BatchSetting.LITTLE_KV_MEMORY)) {
        requireSame(alone, model, setting, options, 8);
      }
    }
  }

  /** Head sizes that are multiples of 32, for keys and values in block types. */
  private static MorConfig wideHeads() {
    return wide(64, 96, TinyConfigs.expertChoice(KvPolicy.SHARED_UPDATE));
  }

  /** Row sizes that are multiples of 256, for K-quants. */
  private static MorConfig wideMatrices() {
    return wide(256, 256, TinyConfigs.expertChoice(KvPolicy.PER_STEP));
  }

  private static MorConfig wide(int embedding, int feedForward, MorConfig narrow) {
    return new MorConfig(
        narrow.name(),
        narrow.contextLength(),
        embedding,
        feedForward,
        narrow.vocabularySize(),
        TinyConfigs.attention(8, 4, 32),
        narrow.recursion(),
        narrow.routing(),
        narrow.kvPolicy());
  }

  @SeededTest(12)
  void doesNotDependOnTheOrderOfArrival(long seed) throws IOException {
    Random random = new Random(seed);
    TinyModel tiny = TinyModel.of(TinyConfigs.writing(seed), TinyConfigs.randomOptions(seed));
    List<GenerationRequest> requests = new ArrayList<>(MixedRequests.of(seed, 12));

    try (Model model = Model.load(file(tiny))) {
      List<Answer> alone = BatchSetting.alone(deterministic(builder(model)), requests);
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < requests.size(); i++) {
        order.add(i);
      }
      Collections.shuffle(order, random);

      BatchSetting setting =
          List.of(BatchSetting.values()).get(random.nextInt(BatchSetting.values().length));
      List<Answer> together =
          setting.answers(
              deterministic(builder(model)),
              1 + random.nextInt(12),
              order.stream().map(requests::get).toList());

      assertThat(together.stream().map(Answer::tokens))
          .isEqualTo(order.stream().map(i -> alone.get(i).tokens()).toList());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 32})
  void preemptsSequencesWithLittleKvMemory(int parallel) throws IOException {
    try (Model model =
            Model.load(
                file(
                    TinyModel.of(
                        TinyConfigs.expertChoice(KvPolicy.PER_STEP), TinyOptions.plain(3))));
        Engine engine =
            builder(model).kvCacheBytes(1).parallel(parallel).deterministic(true).build()) {
      Answer.toAll(REQUESTS, engine);

      assertThat(engine.metrics().preemptions())
          .as("preemptions, without which the setting tests nothing")
          .isPositive();
    }
  }

  @Test
  void holdsForTheDemoModel() throws IOException {
    List<GenerationRequest> requests = MixedRequests.of(2, 32);

    try (Model model = Model.load(Models.demo())) {
      List<Answer> alone = BatchSetting.alone(deterministic(builder(model)), requests);

      for (int parallel : new int[] {3, 8, 32}) {
        List<Answer> together =
            BatchSetting.DEFAULT.answers(deterministic(builder(model)), parallel, requests);
        assertThat(tokens(together)).isEqualTo(tokens(alone));
      }
    }
  }

  @Test
  void doesNotDependOnTheNumberOfThreads() throws IOException {
    List<GenerationRequest> requests = MixedRequests.of(4, 4);

    try (Model model = Model.load(Models.demo())) {
      List<Answer> alone = BatchSetting.alone(deterministic(builder(model)), requests);
      List<Answer> together =
          BatchSetting.DEFAULT.answers(deterministic(builder(model)).threads(2), 4, requests);

      assertThat(tokens(together)).isEqualTo(tokens(alone));
    }
  }

  private static void requireSame(
      List<Answer> alone,
      Model model,
      BatchSetting setting,
      UnaryOperator<EngineBuilder> options,
      int parallel) {
    List<Answer> together = setting.answers(options.apply(builder(model)), parallel, REQUESTS);

    for (int i = 0; i < alone.size(); i++) {
      assertThat(together.get(i).tokens())
          .as("request %d of %d at a time, %s", i, parallel, setting)
          .isEqualTo(alone.get(i).tokens());
      assertThat(together.get(i).reason()).isEqualTo(alone.get(i).reason());
    }
  }

  private static List<?> tokens(List<Answer> answers) {
    return answers.stream().map(Answer::tokens).toList();
  }

  private static EngineBuilder builder(Model model) {
    return BatchSetting.builder(model);
  }

  private Path file(TinyModel model) throws IOException {
    return model.withTokenizer().write(folder.resolve("tiny.gguf"));
  }
}
