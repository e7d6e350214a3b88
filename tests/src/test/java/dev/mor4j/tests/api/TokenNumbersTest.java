package dev.mor4j.tests.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Token;
import dev.mor4j.sampling.TokenLogProbability;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a request may add to logits, and read of them. */
@Timeout(60)
class TokenNumbersTest {
  private @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void writeModel() throws IOException {
    file = Models.tiny(folder);
  }

  private static GenerationRequest.Builder greedy() {
    return GenerationRequest.builder().prompt("The rain").maxTokens(12).temperature(0);
  }

  @Test
  void theLikeliestTokensComeInOrderAndAreNoMoreThanCertain() throws IOException {
    try (OpenEngine open = OpenEngine.of(file)) {
      Answer answer = Answer.to(greedy().topLogProbabilities(15).build(), open.engine());

      assertThat(answer.tokens()).hasSize(12);
      for (Token token : answer.tokens()) {
        TokenLogProbability first = token.topLogProbabilities().getFirst();
        assertThat(first.token()).isEqualTo(token.id());
        assertThat(first.logProbability()).isEqualTo(token.logProbability());
        assertThat(token.topLogProbabilities()).hasSize(15);
        assertThat(token.topLogProbabilities())
            .isSortedAccordingTo(
                (one, other) -> Float.compare(other.logProbability(), one.logProbability()));
        assertThat(sum(token)).isLessThanOrEqualTo(1 + 1e-6);
      }
    }
  }

  @Test
  void probabilitiesOfAllTokensAddUpToOne() throws IOException {
    try (OpenEngine open = OpenEngine.of(file)) {
      for (Token token :
          Answer.to(greedy().topLogProbabilities(256).build(), open.engine()).tokens()) {
        assertThat(token.topLogProbabilities()).hasSize(256);
        assertThat(sum(token)).isCloseTo(1, within(1e-5));
      }
    }
  }

  private static double sum(Token token) {
    return token.topLogProbabilities().stream()
        .mapToDouble(each -> Math.exp(each.logProbability()))
        .sum();
  }

  @Test
  void probabilitiesAreTheModelsWhateverTheSamplerDoes() throws IOException {
    GenerationRequest hot =
        greedy().maxTokens(1).temperature(3).seed(4).topLogProbabilities(15).build();
    GenerationRequest cold = greedy().maxTokens(1).topLogProbabilities(15).build();
    try (OpenEngine open = OpenEngine.of(file)) {
      assertThat(Answer.to(hot, open.engine()).tokens().getFirst().topLogProbabilities())
          .isEqualTo(Answer.to(cold, open.engine()).tokens().getFirst().topLogProbabilities());
    }
  }

  @Test
  void aForbiddenTokenIsNeverWritten() throws IOException {
    try (OpenEngine open = OpenEngine.of(file)) {
      Token likeliest =
          Answer.to(greedy().topLogProbabilities(2).build(), open.engine()).tokens().getFirst();

      Answer without =
          Answer.to(
              greedy().logitBias(Map.of(likeliest.id(), Float.NEGATIVE_INFINITY)).build(),
              open.engine());

      assertThat(without.ids()).doesNotContain(likeliest.id());
      assertThat(without.ids().getFirst())
          .as("the second best instead")
          .isEqualTo(likeliest.topLogProbabilities().get(1).token());
    }
  }

  @Test
  void aFavouredTokenIsAlwaysWritten() throws IOException {
    try (OpenEngine open = OpenEngine.of(file)) {
      Answer answer =
          Answer.to(greedy().logitBias(Map.of((int) 'z', 1000f)).build(), open.engine());

      assertThat(answer.text()).isEqualTo("zzzzzzzzzzzz");
      assertThat(answer.tokens().getFirst().logProbability())
          .as("as the model has it")
          .isLessThan(-1f)
          .isNotCloseTo(0f, within(1e-3f));
    }
  }
}
