package dev.mor4j.tests.property;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.FinishReason;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.GenerationStatistics;
import dev.mor4j.engine.Model;
import dev.mor4j.engine.Token;
import dev.mor4j.engine.TokenStream;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.tests.fixtures.SeededTest;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Properties of every generation. */
class GenerationPropertyTest {
  private static final String PROMPT = "Once upon a time there was a small engine.";
  private static final int TOKENS = 40;

  /** Bytes of one token's keys and values, in F16, in the two layers of the shared block. */
  private static final long BLOCK_BYTES = 2 * 2 * 2 * 32;

  private @TempDir Path folder;

  private record Text(List<Token> tokens, GenerationStatistics statistics) {}

  @SeededTest(6)
  void generatesTheSameTextForTheSameSeed(long seed) throws IOException {
    Path file = file(TinyConfigs.expertChoice(KvPolicy.PER_STEP), seed);

    try (Model model = Model.load(file);
        Engine engine = engine(model);
        Engine another = engine(model)) {
      Text first = write(engine, seed);
      Text again = write(engine, seed);
      Text elsewhere = write(another, seed);
      Text otherSeed = write(engine, seed + 1);

      assertThat(again.tokens()).isEqualTo(first.tokens());
      assertThat(elsewhere.tokens()).isEqualTo(first.tokens());
      assertThat(otherSeed.tokens()).isNotEqualTo(first.tokens());
    }
  }

  @Test
  void storesNoKeysAndValuesOfDroppedTokens() throws IOException {
    Path file = file(TinyConfigs.expertChoice(KvPolicy.PER_STEP), 4);

    try (Model model = Model.load(file);
        Engine engine = engine(model)) {
      GenerationStatistics statistics = write(engine, 1).statistics();

      long computed = statistics.promptTokens() + statistics.generatedTokens() - 1L;
      assertThat(sum(statistics.depthCounts(), 0)).isEqualTo(computed);
      assertThat(statistics.depthCounts())
          .as("tokens at every depth, without which this tests nothing")
          .allMatch(count -> count > 0);
      for (int step = 0; step < 3; step++) {
        assertThat(statistics.kvBytes())
            .containsEntry("step " + step, BLOCK_BYTES * sum(statistics.depthCounts(), step + 1));
      }
      assertThat(statistics.kvBytes()).containsEntry("prelude", BLOCK_BYTES / 2 * computed);
      assertThat(statistics.kvBytes()).containsEntry("coda", BLOCK_BYTES / 2 * computed);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = KvPolicy.class,
      names = {"SHARED", "SHARED_UPDATE"})
  void storesSharedKeysAndValuesAtStepZeroOnly(KvPolicy policy) throws IOException {
    Path file = file(TinyConfigs.expertChoice(policy), 4);

    try (Model model = Model.load(file);
        Engine engine = engine(model)) {
      GenerationStatistics statistics = write(engine, 1).statistics();

      long all = BLOCK_BYTES * sum(statistics.depthCounts(), 0);
      if (policy == KvPolicy.SHARED) {
        assertThat(statistics.kvBytes()).containsEntry("all steps", all);
        return;
      }
      assertThat(statistics.kvBytes()).containsEntry("step 0", all);
      for (int step = 1; step < 3; step++) {
        assertThat(statistics.kvBytes())
            .containsEntry("step " + step, BLOCK_BYTES * sum(statistics.depthCounts(), step + 1));
      }
    }
  }

  @Test
  void generatesUntilTheContextIsFull() throws IOException {
    Path file = file(TinyConfigs.tokenChoice(KvPolicy.PER_STEP), 4);

    try (Model model = Model.load(file);
        Engine engine = engine(model)) {
      Text text =
          read(
              engine,
              GenerationRequest.builder()
                  .prompt(PROMPT)
                  .maxTokens(GenerationRequest.UNTIL_END)
                  .seed(1)
                  .build());

      assertThat(text.statistics().finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
      assertThat(text.statistics().promptTokens() + text.tokens().size())
          .isEqualTo(engine.contextSize() + 1);
    }
  }

  /** The number of tokens with at least this depth. */
  private static long sum(List<Long> depthCounts, int leastDepth) {
    return depthCounts.subList(leastDepth, depthCounts.size()).stream()
        .mapToLong(Long::longValue)
        .sum();
  }

  private Path file(MorConfig config, long seed) throws IOException {
    return TinyModel.of(config, TinyOptions.plain(seed))
        .withTokenizer()
        .write(folder.resolve("tiny.gguf"));
  }

  private static Engine engine(Model model) {
    return Engine.builder(model)
        .contextSize(128)
        .threads(1)
        .batchSize(16)
        .keyType(TensorType.F16)
        .valueType(TensorType.F16)
        .build();
  }

  private static Text write(Engine engine, long seed) {
    return read(
        engine,
        GenerationRequest.builder()
            .prompt(PROMPT)
            .maxTokens(TOKENS)
            .temperature(1)
            .seed(seed)
            .build());
  }

  private static Text read(Engine engine, GenerationRequest request) {
    List<Token> tokens = new ArrayList<>();
    try (TokenStream stream = engine.generate(request)) {
      stream.forEach(tokens::add);
      return new Text(tokens, stream.statistics());
    }
  }
}
