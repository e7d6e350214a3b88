package dev.mor4j.tests.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.TokenStream;
import dev.mor4j.sampling.TokenFilter;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An application says which tokens may come. In this model's vocabulary, ids are bytes. */
@Timeout(60)
class TokenFilterTest {
  private static final String SHAPE = "{\"year\": dddd, \"month\": dd}";

  private @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void writeModel() throws IOException {
    file = Models.tiny(folder);
  }

  /** Counts along, so each text needs one of its own. */
  private static TokenFilter shaped() {
    int[] next = {0};
    return (written, allowed) -> {
      assertThat(written).hasSize(next[0]);
      char wanted = SHAPE.charAt(next[0]++);
      allowed.clear();
      if (wanted == 'd') {
        allowed.set('0', '9' + 1);
      } else {
        allowed.set(wanted);
      }
    };
  }

  private static GenerationRequest.Builder text() {
    return GenerationRequest.builder()
        .prompt("When was it? ")
        .maxTokens(SHAPE.length())
        .temperature(1)
        .seed(3);
  }

  @Test
  void nothingElseIsWritten() throws IOException {
    GenerationRequest request = text().tokenFilter(TokenFilterTest::shaped).build();
    try (OpenEngine open =
        OpenEngine.of(file, builder -> builder.parallel(4).deterministic(true))) {
      List<Answer> answers =
          Answer.toAll(List.of(request, request.withPrompt("And then? "), request), open.engine());

      assertThat(answers)
          .allSatisfy(
              answer ->
                  assertThat(answer.text()).matches("\\{\"year\": \\d{4}, \"month\": \\d\\d}"));
      assertThat(answers.getFirst().tokens()).isEqualTo(answers.getLast().tokens());
    }
  }

  @Test
  void probabilitiesStayTheModels() throws IOException {
    GenerationRequest.Builder one = text().maxTokens(1).topLogProbabilities(5);
    try (OpenEngine open = OpenEngine.of(file)) {
      Answer free = Answer.to(one.build(), open.engine());
      Answer bound = Answer.to(one.tokenFilter(TokenFilterTest::shaped).build(), open.engine());

      assertThat(bound.text()).isEqualTo("{");
      assertThat(bound.tokens().getFirst().topLogProbabilities())
          .isEqualTo(free.tokens().getFirst().topLogProbabilities());
    }
  }

  @Test
  void aBadFilterEndsItsOwnTextAlone() throws IOException {
    try (OpenEngine open = OpenEngine.of(file, builder -> builder.parallel(4));
        TokenStream good = open.engine().generate(text().build());
        TokenStream strict =
            open.engine()
                .generate(text().tokenFilter(() -> (_, allowed) -> clear(allowed)).build());
        TokenStream broken =
            open.engine().generate(text().tokenFilter(() -> (_, _) -> fail()).build())) {
      assertThat(Answer.of(good).tokens()).hasSize(SHAPE.length());
      assertThatThrownBy(() -> Answer.of(strict))
          .isInstanceOf(EngineException.class)
          .hasMessage("token filter: expected at least one allowed token, found none");
      assertThatThrownBy(() -> Answer.of(broken))
          .isInstanceOf(EngineException.class)
          .hasMessage("no such rule");
    }
  }

  private static void clear(BitSet allowed) {
    allowed.clear();
  }

  private static void fail() {
    throw new IllegalStateException("no such rule");
  }
}
