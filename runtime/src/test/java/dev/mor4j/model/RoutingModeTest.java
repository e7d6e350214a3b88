package dev.mor4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

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
            "routing: expected trained, top-k or fixed:N, N the number of steps, found fixed:");
    assertThatThrownBy(() -> RoutingMode.parse("fixed:4").resolve(THREE_STEPS))
        .hasMessage("recursion depth: expected 1..3, found 4");
    assertThatThrownBy(() -> RoutingMode.parse("fixed:0"))
        .hasMessage("recursion depth: expected 1..64, found 0");
  }

  @Test
  void looksAheadOnlyWhereStepsPickAmongAllTokens() {
    RoutingMode topK = RoutingMode.parse("top-k");

    assertThat(topK.isCausal(THREE_STEPS)).isFalse();
    assertThat(topK.isCausal(TestConfigs.tokenChoice(Gating.WEIGHTED))).isTrue();
    assertThat(RoutingMode.TRAINED.isCausal(THREE_STEPS)).isTrue();
  }
}
