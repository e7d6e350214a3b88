package dev.mor4j.tests.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.TokenStream;
import dev.mor4j.sampling.SamplingRule;
import dev.mor4j.sampling.SamplingStage;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sampling rules of an application, in requests. In this model's vocabulary, ids are bytes. */
@Timeout(60)
class SamplingRuleTest {
  private @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void writeModel() throws IOException {
    file = Models.tiny(folder);
  }

  private static GenerationRequest.Builder text() {
    return GenerationRequest.builder().prompt("abc").maxTokens(6).temperature(1).seed(3);
  }

  /** Makes the successor of the last token by far the most likely. */
  private static SamplingRule successor() {
    return (candidates, history) -> {
      int next = history.get(history.size() - 1) + 1;
      for (int i = 0; i < candidates.size(); i++) {
        if (candidates.id(i) == next) {
          candidates.setLogit(i, 1000);
        }
      }
    };
  }

  @Test
  void aRuleSeesThePromptAndChangesTheText() throws IOException {
    GenerationRequest request = text().samplingRule(SamplingRuleTest::successor).build();
    GenerationRequest late =
        text().samplingRule(SamplingStage.MIN_P, SamplingRuleTest::successor).build();
    try (OpenEngine open = OpenEngine.of(file, builder -> builder.parallel(2))) {
      List<Answer> answers = Answer.toAll(List.of(request, request), open.engine());

      assertThat(answers).allSatisfy(answer -> assertThat(answer.text()).isEqualTo("defghi"));
      assertThat(Answer.to(late, open.engine()).tokens()).hasSize(6);
    }
  }

  @Test
  void aRuleThatThrowsEndsItsOwnTextOnly() throws IOException {
    SamplingRule broken =
        (candidates, history) -> {
          throw new IllegalStateException("no such rule");
        };
    try (OpenEngine open = OpenEngine.of(file, builder -> builder.parallel(2));
        TokenStream good = open.engine().generate(text().build());
        TokenStream bad = open.engine().generate(text().samplingRule(() -> broken).build())) {
      assertThat(Answer.of(good).tokens()).hasSize(6);
      assertThatThrownBy(() -> Answer.of(bad))
          .isInstanceOf(EngineException.class)
          .hasMessage("no such rule");
    }
  }

  @Test
  void aStageThatIsLeftOutIsRefusedAtOnce() throws IOException {
    GenerationRequest request =
        text()
            .sampling(options -> options.order(List.of(SamplingStage.TEMPERATURE)))
            .samplingRule(SamplingStage.TOP_K, SamplingRuleTest::successor)
            .build();
    try (OpenEngine open = OpenEngine.of(file)) {
      assertThatThrownBy(() -> open.engine().generate(request))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected a stage of the order temperature, found top_k");
    }
  }
}
