package dev.mor4j.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mor4j.model.Gating;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.TestConfigs;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RouterTest {
  private static final float[] NO_BIAS = {};
  private static final MorConfig EXPERT = TestConfigs.expertChoice(KvPolicy.PER_STEP);

  private static Router router(MorConfig config, String mode, int rows, float... bias) {
    return Router.forBatch(
        config, RoutingMode.parse(mode).resolve(config), new RowRange(0, rows), bias);
  }

  private static RouterLogits logits(float... main) {
    return new RouterLogits(main, new float[0]);
  }

  @Test
  void keepsRowsWhoseScoreReachesTheThresholdInOrder() {
    Router router = router(EXPERT, "trained", 4, NO_BIAS);

    RoutingDecision decision = router.decide(0, new int[] {0, 1, 3}, logits(2, -0.1f, 0));

    assertThat(decision.rows()).containsExactly(0, 3);
    assertThat(decision.gates()[0]).isCloseTo(0.1f * 0.8807971f, within(1e-7f));
    assertThat(decision.gates()[1]).isEqualTo(0.05f);
    assertThat(router.scores(0)[1]).isCloseTo(0.4750208f, within(1e-7f));
    assertThat(router.scores(0)[2]).isNaN();
  }

  @Test
  void keepsAShareOfTheWholeSequenceUnderTopK() {
    Router router = router(EXPERT, "top-k", 6, NO_BIAS);

    RoutingDecision decision = router.decide(1, new int[] {0, 1, 2, 4, 5}, logits(1, 5, 3, 3, 4));

    // int(2/3 * 6) = 4 of the six tokens, ranked among the five candidates; the first of equals
    // wins
    assertThat(decision.rows()).containsExactly(1, 2, 4, 5);
    assertThat(router.decide(2, new int[] {1, 2, 5}, logits(5, 3, 4)).rows()).containsExactly(1, 5);
  }

  @Test
  void keepsAtLeastOneTokenUnderTopK() {
    assertThat(Capacity.keptTokens(1.0 / 3, 2)).isEqualTo(1);
    assertThat(Capacity.keptTokens(5.0 / 6, 6)).isEqualTo(5);
  }

  @Test
  void letsTheAuxiliaryRouterDecideAndTheMainOneGate() {
    Router router = router(TestConfigs.auxiliaryRouter(), "trained", 3, NO_BIAS);

    RoutingDecision decision =
        router.decide(
            0,
            new int[] {0, 1, 2},
            new RouterLogits(new float[] {-9, 9, 1}, new float[] {1, -1, 0}));

    assertThat(decision.rows()).containsExactly(0, 2);
    assertThat(decision.gates()).containsExactly(1, 1); // additive
  }

  @Test
  void keepsEverybodyUnderFixedButStillGatesByScore() {
    Router router = router(EXPERT, "fixed:2", 2, NO_BIAS);

    RoutingDecision decision = router.decide(0, new int[] {0, 1}, logits(-9, 0));

    assertThat(decision.rows()).containsExactly(0, 1);
    assertThat(decision.gates()[1]).isEqualTo(0.05f);
  }

  @Test
  void letsTokensPickTheirDepthOnceAndGatesOnlyTheLastStep() {
    Router router = router(TestConfigs.tokenChoice(Gating.WEIGHTED), "trained", 2, NO_BIAS);
    float[] rows = {0, 0, 5, 9, 0, 0};

    RoutingDecision first = router.decide(0, new int[] {0, 1}, logits(rows));
    RoutingDecision second = router.decide(1, first.rows(), RouterLogits.NONE);
    RoutingDecision third = router.decide(2, second.rows(), RouterLogits.NONE);

    assertThat(first.rows()).containsExactly(0, 1);
    assertThat(first.gates()[0]).isZero();
    assertThat(first.gates()[1]).isCloseTo(2 * 0.99975324f, within(1e-6f));
    assertThat(second.rows()).containsExactly(0);
    assertThat(second.gates()).containsExactly(0);
    assertThat(third.gates()[0]).isCloseTo(2 * 0.98670304f, within(1e-6f));
    assertThat(router.asksBefore(1)).isFalse();
  }

  @Test
  void letsTheBiasChooseButNeverGate() {
    Router router = router(TestConfigs.tokenChoice(Gating.WEIGHTED), "trained", 1, 0, 10, 0);

    RoutingDecision first = router.decide(0, new int[] {0}, logits(0, 0, 0));
    RoutingDecision second = router.decide(1, first.rows(), RouterLogits.NONE);

    assertThat(second.rows()).containsExactly(0);
    assertThat(second.gates()[0]).isCloseTo(2f / 3, within(1e-6f));
    assertThat(router.decide(2, second.rows(), RouterLogits.NONE).isEmpty()).isTrue();
  }

  @Test
  void capsTheDepthThatATokenPicked() {
    MorConfig config = TestConfigs.tokenChoice(Gating.ADDITIVE);
    RoutingMode capped = RoutingMode.TRAINED.limitedTo(2).resolve(config);
    Router router = Router.forBatch(config, capped, new RowRange(0, 1), NO_BIAS);

    RoutingDecision first = router.decide(0, new int[] {0}, logits(0, 0, 5));
    RoutingDecision second = router.decide(1, first.rows(), RouterLogits.NONE);

    assertThat(first.gates()).containsExactly(0);
    assertThat(second.gates()).containsExactly(1);
  }

  @Test
  void keepsDrawnRowsByTheirPositionsAndGatesByScore() {
    RoutingMode mode = RoutingMode.parse("drawn:0.8,0.4").withSeed(5).resolve(EXPERT);
    Router router = Router.forBatch(EXPERT, mode, new RowRange(100, 50), NO_BIAS);
    int[] all = IntStream.range(0, 50).toArray();

    RoutingDecision first = router.decide(0, all, logits(new float[50]));
    RoutingDecision second = router.decide(1, first.rows(), logits(new float[first.rows().length]));

    assertThat(first.rows()).containsExactly(rowsDeeperThan(0, mode, 100, 50));
    assertThat(second.rows()).containsExactly(rowsDeeperThan(1, mode, 100, 50));
    assertThat(second.rows().length).isBetween(1, first.rows().length - 1);
    assertThat(second.gates()).containsOnly(0.05f);
  }

  @Test
  void letsATokenOfTokenChoiceTakeItsDrawnDepth() {
    MorConfig config = TestConfigs.tokenChoice(Gating.ADDITIVE);
    RoutingMode mode = RoutingMode.parse("drawn:1,0.6,0.3").resolve(config);
    Router router = Router.forBatch(config, mode, new RowRange(10, 40), NO_BIAS);

    RoutingDecision first =
        router.decide(0, IntStream.range(0, 40).toArray(), logits(new float[120]));
    RoutingDecision second = router.decide(1, first.rows(), RouterLogits.NONE);

    assertThat(first.rows()).hasSize(40);
    assertThat(second.rows()).containsExactly(rowsDeeperThan(1, mode, 10, 40));
  }

  private static int[] rowsDeeperThan(int step, RoutingMode mode, int firstPosition, int count) {
    return IntStream.range(0, count)
        .filter(row -> mode.draw().depth(firstPosition + row) > step)
        .toArray();
  }

  @Test
  void takesEveryStepWithoutARouter() {
    Router router = new EveryStepRouter();

    RoutingDecision decision = router.decide(2, new int[] {4, 7}, RouterLogits.NONE);

    assertThat(router.asksBefore(0)).isFalse();
    assertThat(decision.rows()).containsExactly(4, 7);
    assertThat(decision.gates()).containsExactly(1, 1);
  }
}
