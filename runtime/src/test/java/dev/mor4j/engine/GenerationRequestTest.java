package dev.mor4j.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mor4j.model.InvalidConfigException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

class GenerationRequestTest {

  @Test
  void keepsWhatItWasBuiltWith() {
    GenerationRequest request =
        builder()
            .stop("\n\n", "END")
            .stopTokens(7, 9, 7)
            .logitBias(Map.of(3, -1f))
            .topLogProbabilities(5)
            .sampling(options -> options.topK(4).minP(0.5f))
            .build();

    assertThat(request.stops()).isEqualTo(new StopConditions(List.of("\n\n", "END"), Set.of(7, 9)));
    assertThat(request.sampling().logitBias()).isEqualTo(Map.of(3, -1f));
    assertThat(request.sampling().cuts().topK()).isEqualTo(4);
    assertThat(request.sampling().cuts().minP()).isEqualTo(0.5f);
    assertThat(request.topLogProbabilities()).isEqualTo(5);
  }

  @Test
  void stopsNowhereByItself() {
    assertThat(builder().build().stops()).isEqualTo(StopConditions.NONE);
    assertThat(builder().build().topLogProbabilities()).isZero();
  }

  @Test
  void takesTokenIdsInsteadOfText() {
    GenerationRequest request =
        GenerationRequest.builder().promptTokens(5, 0, 5).ignoreEndOfText().build();

    assertThat(request.promptTokens()).containsExactly(5, 0, 5);
    assertThat(request.prompt()).isEmpty();
    assertThat(request.ignoresEndOfText()).isTrue();
    assertThat(builder().build().ignoresEndOfText()).isFalse();
  }

  static final List<Arguments> REFUSED =
      List.of(
          refused(
              b -> b.promptTokens(1), "prompt: expected either a text or token ids, found both"),
          refused(b -> b.prompt(""), "prompt: expected either a text or token ids, found none"),
          refused(b -> b.stop("a", ""), "stop string: expected some text, found none"),
          refused(b -> b.stopTokens(-1), "stop token: expected a token id of 0 or more, found -1"),
          refused(
              b -> b.topLogProbabilities(-1),
              "number of top log-probabilities: expected 0..1000, found -1"),
          refused(
              b -> b.topLogProbabilities(1001),
              "number of top log-probabilities: expected 0..1000, found 1001"));

  @ParameterizedTest
  @FieldSource("REFUSED")
  void refusesWhatCannotBe(UnaryOperator<GenerationRequest.Builder> change, String message) {
    assertThatExceptionOfType(InvalidConfigException.class)
        .isThrownBy(() -> change.apply(builder()).build())
        .withMessage(message);
  }

  @Test
  void refusesTokensThatTheModelDoesNotHave() {
    GenerationRequest stop = builder().stopTokens(10).build();
    GenerationRequest bias = builder().logitBias(Map.of(10, 1f)).build();

    assertThatExceptionOfType(InvalidConfigException.class)
        .isThrownBy(() -> stop.requireVocabulary(10))
        .withMessage("stop token: expected token ids 0..9, found 10");
    assertThatExceptionOfType(InvalidConfigException.class)
        .isThrownBy(() -> bias.requireVocabulary(10))
        .withMessage("logit-bias: expected token ids 0..9, found 10");
    assertThatCode(() -> stop.requireVocabulary(11)).doesNotThrowAnyException();
    assertThatCode(() -> bias.requireVocabulary(11)).doesNotThrowAnyException();
  }

  private static GenerationRequest.Builder builder() {
    return GenerationRequest.builder().prompt("x");
  }

  private static Arguments refused(
      UnaryOperator<GenerationRequest.Builder> change, String message) {
    return Arguments.of(change, message);
  }
}
