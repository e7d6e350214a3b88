package dev.mor4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoutingModeTest {
  private static final MorConfig THREE_STEPS = TestConfigs.expertChoice(KvPolicy.PER_STEP);

  @Test
  void allowsAllStepsOfTheModelUnlessLimited() {
    assertThat(RoutingMode.parse("trained").resolve(THREE_STEPS).depthLimit()).isEqualTo(3);
    assertThat(RoutingMode.parse("trained").limitedTo(2).resolve(THREE_STEPS).depthLimit())
        .isEqualTo(2);
    assertThat(RoutingMode.parse("fixed:3").limitedTo(1).resolve(THREE_STEPS).depthLimit())
        .isEqualTo(1);
  }

  @Test
  void refusesUnknownRulesAndDepthsOutOfRange() {
    assertThatThrownBy(() -> RoutingMode.parse("fixed:"))
        .hasMessage(
            "routing: expected trained, top-k, fixed:N (N steps for every token) or drawn:1,0.5 (shares of tokens that take each step), found fixed:");
    assertThatThrownBy(() -> RoutingMode.parse("fixed:4").resolve(THREE_STEPS))
        .hasMessage("recursion depth: expected 1..3, found 4");
    assertThatThrownBy(() -> RoutingMode.parse("fixed:0"))
        .hasMessage("recursion depth: expected 1..64, found 0");
  }

  @Test
  void limitsDrawnDepthsToTheNumberOfShares() {
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
  void printsWhatItParses(String text) {
    assertThat(RoutingMode.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"drawn", "drawn:", "drawn:1,", "drawn:-1", "drawn:1e0", "drawn:1;0.5"})
  void refusesSharesThatAreNotNumbers(String text) {
    assertThatThrownBy(() -> RoutingMode.parse(text)).hasMessageEndingWith("found " + text);
  }

  @Test
  void refusesTopKWhereNoStepRanksTokens() {
    MorConfig plain = TestConfigs.recursive(SharingPattern.CYCLE, KvPolicy.PER_STEP);
    RoutingMode topK = RoutingMode.parse("top-k");

    assertThat(topK.resolve(THREE_STEPS)).isEqualTo(RoutingMode.of(RoutingMode.Rule.TOP_K, 3));
    assertThatThrownBy(() -> topK.resolve(TestConfigs.tokenChoice(Gating.WEIGHTED)))
        .hasMessage(
            "routing: expected trained, fixed:N or drawn:SHARES, as each token of this model picks its own depth (token choice) and no step ranks tokens, found top-k");
    assertThatThrownBy(() -> topK.limitedTo(2).resolve(plain))
        .hasMessage(
            "routing: expected trained or fixed:N, as this model has no router that could rank tokens, found top-k");
  }

  @Test
  void refusesSharesThatTheModelCannotFollow() {
    MorConfig plain = TestConfigs.recursive(SharingPattern.CYCLE, KvPolicy.PER_STEP);
    MorConfig tokenChoice = TestConfigs.tokenChoice(Gating.WEIGHTED);

    assertThatThrownBy(() -> RoutingMode.parse("drawn:1,1,1,1").resolve(THREE_STEPS))
        .hasMessage("recursion depth: expected 1..3, found 4");
    assertThatThrownBy(() -> RoutingMode.parse("drawn:1").resolve(plain))
        .hasMessage(
            "routing: expected trained or fixed:N, as this model has no router and takes every step, found drawn:1");
    assertThatThrownBy(() -> RoutingMode.parse("drawn:0.5").resolve(tokenChoice))
        .hasMessage(
            "share of drawn depths: expected 1 for step 0, which every token of this model takes, found 0.5");
    assertThatThrownBy(() -> new RoutingMode(RoutingMode.Rule.DRAWN, 1, DepthDraw.NONE))
        .hasMessage("shares of drawn depths: expected one for each step, found []");
  }

  @Test
  void isNotCausalUnderTopKOnly() {
    RoutingMode topK = RoutingMode.parse("top-k");

    assertThat(topK.isCausal(THREE_STEPS)).isFalse();
    assertThat(RoutingMode.TRAINED.isCausal(THREE_STEPS)).isTrue();
  }
}
