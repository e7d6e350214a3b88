package dev.mor4j.tests.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.EngineMetrics;
import dev.mor4j.engine.EvaluatedRows;
import dev.mor4j.engine.Evaluation;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.engine.FinishReason;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.PromptPrefix;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.MixedRequests;
import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A kept beginning is computed once, and changes no answer. */
@Timeout(60)
class PromptPrefixTest {
  private static final String BEGINNING = MixedRequests.BEGINNING;
  private static final String REST = "a bird.";
  private static final GenerationRequest TEXT = OpenEngine.request(BEGINNING + REST, 15);

  private @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void writeModel() throws IOException {
    file = Models.tiny(folder);
  }

  private OpenEngine open() throws IOException {
    return OpenEngine.of(file, builder -> builder.parallel(2).deterministic(true));
  }

  @Test
  void onlyTheRestIsComputed() throws IOException {
    try (OpenEngine open = open()) {
      Answer without = Answer.to(TEXT, open.engine());
      try (PromptPrefix prefix = open.engine().keepPrefix(BEGINNING)) {
        EngineMetrics before = open.engine().metrics();

        Answer with = Answer.to(TEXT, open.engine());

        EngineMetrics after = open.untilIdle();
        assertThat(prefix.tokenCount()).isEqualTo(BEGINNING.length());
        assertThat(with.tokens()).isEqualTo(without.tokens());
        assertThat(after.sharedTokens() - before.sharedTokens()).isEqualTo(BEGINNING.length());
        assertThat(after.computedTokens() - before.computedTokens())
            .isEqualTo(REST.length() + with.tokens().size() - 1);
        assertThat(with.statistics().kvBytes()).isEqualTo(without.statistics().kvBytes());
        assertThat(with.statistics().depthCounts()).isEqualTo(without.statistics().depthCounts());
      }
    }
  }

  @Test
  void aPromptThatIsAllPrefixComputesItsLastToken() throws IOException {
    GenerationRequest same = OpenEngine.request(BEGINNING, 5);
    try (OpenEngine open = open()) {
      Answer without = Answer.to(same, open.engine());
      try (PromptPrefix _ = open.engine().keepPrefix(BEGINNING)) {
        Answer with = Answer.to(same, open.engine());

        assertThat(with.tokens()).isEqualTo(without.tokens());
        assertThat(open.engine().metrics().sharedTokens()).isEqualTo(BEGINNING.length() - 1);
      }
    }
  }

  @Test
  void anEvaluationHasTheDepthsOfWhatItTakesOver() throws IOException {
    try (OpenEngine open = open()) {
      int[] tokens = open.model().encode(BEGINNING + REST);
      EvaluationRequest request = new EvaluationRequest(tokens, RoutingMode.TRAINED, 0);
      Evaluation whole = open.engine().evaluate(request);
      try (PromptPrefix prefix = open.engine().keepPrefix(BEGINNING)) {
        List<EvaluatedRows> parts = new ArrayList<>();

        open.engine().evaluate(request, tokens.length - 1, parts::add);

        assertThat(open.untilIdle().sharedTokens()).isEqualTo(prefix.tokenCount());
        assertThat(parts)
            .extracting(EvaluatedRows::firstPosition)
            .containsExactly(0, prefix.tokenCount());
        assertThat(parts)
            .extracting(EvaluatedRows::firstOutput)
            .containsExactly(prefix.tokenCount(), tokens.length - 1);
        assertThat(parts.stream().flatMapToInt(part -> IntStream.of(part.depths())))
            .containsExactlyElementsOf(IntStream.of(whole.depths()).boxed().toList());
        assertThat(parts.getFirst().routerScores()[0]).containsOnly(Float.NaN);
        assertThat(parts.getLast().logits())
            .isEqualTo(
                Arrays.copyOfRange(whole.logits(), (tokens.length - 1) * 256, tokens.length * 256));
      }
    }
  }

  @Test
  void closingGivesItsRoomBack() throws IOException {
    try (OpenEngine open = open()) {
      PromptPrefix prefix = open.engine().keepPrefix(BEGINNING);
      assertThat(open.engine().metrics().kvUsedBytes()).isPositive();

      prefix.close();
      prefix.close();

      assertThat(open.engine().metrics().kvUsedBytes()).isZero();
      Answer.to(TEXT, open.engine());
      assertThat(open.engine().metrics().sharedTokens()).isZero();
    }
  }

  @Test
  void mayBeClosedAfterItsEngine() throws IOException {
    OpenEngine open = open();
    PromptPrefix prefix = open.engine().keepPrefix(BEGINNING);

    open.close();
    prefix.close();

    assertThatThrownBy(() -> open.engine().keepPrefix(BEGINNING))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the engine is closed");
  }

  @Test
  void givesWayToThoseThatNeedTheRoom() throws IOException {
    try (OpenEngine open =
        OpenEngine.of(file, builder -> builder.contextSize(BEGINNING.length() + 8))) {
      try (PromptPrefix _ = open.engine().keepPrefix(BEGINNING)) {
        Answer other = Answer.to(OpenEngine.request("an other text", 1000), open.engine());

        assertThat(other.reason()).isEqualTo(FinishReason.CONTEXT_FULL);
        assertThat(open.untilIdle().kvUsedBytes()).as("the prefix is gone").isZero();
      }
    }
  }

  @Test
  void isRefusedIfTooLong() throws IOException {
    try (OpenEngine open = OpenEngine.of(file, builder -> builder.contextSize(16))) {
      assertThatThrownBy(() -> open.engine().keepPrefix(BEGINNING))
          .hasMessageContaining("at most 16 tokens");
      assertThatThrownBy(() -> open.engine().keepPrefix(""))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
