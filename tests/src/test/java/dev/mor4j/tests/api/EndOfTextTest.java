package dev.mor4j.tests.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.FinishReason;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Token;
import dev.mor4j.engine.TokenStream;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every text ends where it should, and says why. */
@Timeout(60)
class EndOfTextTest {
  private @TempDir Path folder;

  @Test
  void aStopStringAcrossTokensEndsTheTextBeforeIt() throws IOException {
    try (OpenEngine open = demo()) {
      Answer whole = Answer.to(story().build(), open.engine());
      String left = whole.tokens().get(11).text();
      String stop = left.substring(left.length() - 1) + whole.tokens().get(12).text();

      Answer cut = Answer.to(story().stop(stop, "never written").build(), open.engine());

      assertThat(whole.tokens()).extracting(Token::text).noneMatch(text -> text.contains(stop));
      assertThat(cut.text()).isEqualTo(whole.text().substring(0, whole.text().indexOf(stop)));
      assertThat(cut.reason()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void aStopStringThatOnlyBeginsIsWrittenAtTheEnd() throws IOException {
    try (OpenEngine open = demo()) {
      Answer whole = Answer.to(story().build(), open.engine());
      String end = whole.text().substring(whole.text().length() - 3);

      Answer other = Answer.to(story().stop(end + "\u0000").build(), open.engine());

      assertThat(other.text()).isEqualTo(whole.text());
      assertThat(other.reason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void aStopTokenEndsTheTextBeforeIt() throws IOException {
    try (OpenEngine open = demo()) {
      Answer whole = Answer.to(story().build(), open.engine());
      int stop = whole.ids().get(9);
      List<Token> before = whole.tokens().subList(0, whole.ids().indexOf(stop));

      Answer cut = Answer.to(story().stopTokens(stop).build(), open.engine());

      assertThat(cut.tokens()).isEqualTo(before);
      assertThat(cut.statistics().generatedTokens()).isEqualTo(before.size());
      assertThat(cut.reason()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void mostTokensAreCounted() throws IOException {
    try (OpenEngine open = OpenEngine.of(Models.tiny(folder))) {
      Answer answer = Answer.to(OpenEngine.request("some words", 17), open.engine());

      assertThat(answer.tokens()).hasSize(17);
      assertThat(answer.reason()).isEqualTo(FinishReason.LENGTH);
      assertThat(answer.statistics().promptTokens()).isEqualTo(10);
    }
  }

  @Test
  void aPromptThatFillsTheContextHasOneToken() throws IOException {
    try (OpenEngine open = OpenEngine.of(Models.tiny(folder), builder -> builder.contextSize(10))) {
      Answer answer = Answer.to(OpenEngine.request("some words", 17), open.engine());

      assertThat(answer.tokens()).hasSize(1);
      assertThat(answer.reason()).isEqualTo(FinishReason.CONTEXT_FULL);
    }
  }

  @Test
  void timeRunsOutWhileATextIsWritten() throws IOException {
    try (OpenEngine open = OpenEngine.of(Models.tiny(folder))) {
      Answer answer =
          Answer.to(
              GenerationRequest.builder().prompt("a").timeLimit(Duration.ofMillis(50)).build(),
              open.engine());

      assertThat(answer.reason()).isEqualTo(FinishReason.TIME_LIMIT);
    }
  }

  @Test
  void timeRunsOutForThoseThatWaitToo() throws IOException {
    GenerationRequest hurried =
        GenerationRequest.builder().prompt("a").timeLimit(Duration.ofNanos(1)).build();
    try (OpenEngine open = OpenEngine.of(Models.tiny(folder));
        TokenStream running = open.engine().generate(OpenEngine.LONG_TEXT)) {
      assertThat(running.iterator().hasNext()).isTrue();

      Answer waiting = Answer.to(hurried, open.engine());

      assertThat(waiting.reason()).isEqualTo(FinishReason.TIME_LIMIT);
      assertThat(waiting.tokens()).isEmpty();
      assertThat(open.engine().metrics().running()).isEqualTo(1);
    }
  }

  @Test
  void allTheTimeThereIsIsNoLimit() throws IOException {
    GenerationRequest patient =
        GenerationRequest.builder()
            .prompt("a")
            .maxTokens(3)
            .timeLimit(ChronoUnit.FOREVER.getDuration())
            .build();
    try (OpenEngine open = OpenEngine.of(Models.tiny(folder))) {
      assertThat(Answer.to(patient, open.engine()).reason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  private static OpenEngine demo() throws IOException {
    return OpenEngine.of(Models.demo(), builder -> builder.contextSize(256));
  }

  private static GenerationRequest.Builder story() {
    return GenerationRequest.builder().prompt("Once upon a time").maxTokens(40).temperature(0);
  }
}
