package dev.mor4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoutingModeTest {
  private static final MorConfig THREE_STEPS = TestConfigs.expertChoice(KvPolicy.PER_STEP);

  @Test
  void takesAllStepsOfTheModelUnlessLimited() {
    assertThat(RoutingMode.parse("trained").resolve(THREE_STEPS).depthLimit()).isEqualTo(3);
    assertThat(RoutingMode.parse("trained").limitedTo(2).resolve(THREE_STEPS).depthLimit())
        .isEqualTo(2);
    assertThat(RoutingMode.parse("fixed:3").limitedTo(1).resolve(THREE_STEPS).depthLimit())
        .isEqualTo(1);
  }

  @Test
  void refusesWordsAndDepthsThatDoNotExist() {
    assertThatThrownBy(() -> RoutingMode.parse("fixed:"))
        .hasMessage(
            "routing: expected trained, top-k, fixed:N, N the number of steps, or drawn:1,0.5, the shares of tokens that take each step, found fixed:");
    assertThatThrownBy(() -> RoutingMode.parse("fixed:4").resolve(THREE_STEPS))
        .hasMessage("recursion depth: expected 1..3, found 4");
    assertThatThrownBy(() -> RoutingMode.parse("fixed:0"))
        .hasMessage("recursion depth: expected 1..64, found 0");
  }

  @Test
  void readsDrawnSharesOfAsManyStepsAsAreNamed() {
    RoutingMode mode = RoutingMode.parse("drawn:1,0.667,0.25").resolve(THREE_STEPS);

    assertThat(mode.draw().shares()).containsExactly(1.0, 0.667, 0.25);
    assertThat(mode.depthLimit()).isEqualTo(3);
    assertThat(RoutingMode.parse("drawn:0.5").resolve(THREE_STEPS).depthLimit()).isEqualTo(1);
    assertThat(mode.isCausal(THREE_STEPS)).isTrue();
    assertThat(mode.limitedTo(2).draw()).isEqualTo(mode.draw());
    assertThat(mode.withSeed(4).draw()).isEqualTo(new DepthDraw(mode.draw().shares(), 4));
    assertThat(RoutingMode.TRAINED.withSeed(4)).isEqualTo(RoutingMode.TRAINED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"trained", "top-k", "fixed:2", "drawn:1,0.667,0.25"})
  void isShownAsItIsRead(String text) {
    assertThat(RoutingMode.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"drawn", "drawn:", "drawn:1,", "drawn:-1", "drawn:1e0", "drawn:1;0.5"})
  void refusesSharesThatAreNoNumbers(String text) {
    assertThatThrownBy(() -> RoutingMode.parse(text)).hasMessageEndingWith("found " + text);
  }

  @Test
  void refusesToDrawWhatTheModelCannotFollow() {
    MorConfig plain = TestConfigs.recursive(SharingPattern.CYCLE, KvPolicy.PER_STEP);
    MorConfig tokenChoice = TestConfigs.tokenChoice(Gating.WEIGHTED);

    assertThatThrownBy(() -> RoutingMode.parse("drawn:1,1,1,1").resolve(THREE_STEPS))
        .hasMessage("recursion depth: expected 1..3, found 4");
    assertThatThrownBy(() -> RoutingMode.parse("drawn:1").resolve(plain))
        .hasMessage(
            "routing: expected trained or fixed:N, as the model has no router to draw for, found drawn:1");
    assertThatThrownBy(() -> RoutingMode.parse("drawn:0.5").resolve(tokenChoice))
        .hasMessage(
            "share of drawn depths: expected 1 for step 0, which every token of this model takes, found 0.5");
    assertThatThrownBy(() -> new RoutingMode(RoutingMode.Rule.DRAWN, 1, DepthDraw.NONE))
        .hasMessage("shares of drawn depths: expected one for each step, found []");
  }

  @Test
  void looksAheadOnlyWhereStepsPickAmongAllTokens() {
    RoutingMode topK = RoutingMode.parse("top-k");

    assertThat(topK.isCausal(THREE_STEPS)).isFalse();
    assertThat(topK.isCausal(TestConfigs.tokenChoice(Gating.WEIGHTED))).isTrue();
    assertThat(RoutingMode.TRAINED.isCausal(THREE_STEPS)).isTrue();
  }
}
