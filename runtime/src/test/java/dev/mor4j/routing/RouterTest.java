package dev.mor4j.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mor4j.model.Gating;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RouterActivation;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.TestConfigs;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
  void keepsTheCapacityShareOfTheWholeSequenceUnderTopK() {
    Router router = router(EXPERT, "top-k", 6, NO_BIAS);

    RoutingDecision decision = router.decide(1, new int[] {0, 1, 2, 4, 5}, logits(1, 5, 3, 3, 4));

    // int(2/3 * 6) = 4 of the six tokens, ranked among the five candidates; the first of equal
    // gates wins
    assertThat(decision.rows()).containsExactly(1, 2, 4, 5);
    assertThat(router.decide(2, new int[] {1, 2, 5}, logits(5, 3, 4)).rows()).containsExactly(1, 5);
  }

  @Test
  void keepsAtLeastOneTokenUnderTopK() {
    assertThat(Capacity.keptTokens(1.0 / 3, 2)).isEqualTo(1);
    assertThat(Capacity.keptTokens(5.0 / 6, 6)).isEqualTo(5);
  }

  @Test
  void decidesByTheAuxiliaryRouterAndGatesByTheMainOne() {
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
  void keepsAllCandidatesUnderFixedAndGatesByScore() {
    Router router = router(EXPERT, "fixed:2", 2, NO_BIAS);

    RoutingDecision decision = router.decide(0, new int[] {0, 1}, logits(-9, 0));

    assertThat(decision.rows()).containsExactly(0, 1);
    assertThat(decision.gates()[1]).isEqualTo(0.05f);
  }

  @Test
  void choosesEachDepthOnceAndGatesTheLastStepOnly() {
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
  }

  @Test
  void usesTheBiasToChooseButNotToGate() {
    Router router = router(TestConfigs.tokenChoice(Gating.WEIGHTED), "trained", 1, 0, 10, 0);

    RoutingDecision first = router.decide(0, new int[] {0}, logits(0, 0, 0));
    RoutingDecision second = router.decide(1, first.rows(), RouterLogits.NONE);

    assertThat(second.rows()).containsExactly(0);
    assertThat(second.gates()[0]).isCloseTo(2f / 3, within(1e-6f));
    assertThat(router.decide(2, second.rows(), RouterLogits.NONE).isEmpty()).isTrue();
  }

  @Test
  void choosesTheBestAllowedDepthUnderALimit() {
    // Limited to two steps, the token takes the better one of them, not the second because the
    // third is forbidden. Its gate is 2 x softmax(3, 1)[0].
    List<RoutingDecision> decisions = decisions(tokenChoice(), limitedTo(2), logits(3, 1, 9));

    assertThat(decisions.get(0).gates()[0]).isCloseTo(2 * 0.880797f, within(1e-5f));
    assertThat(decisions.get(1).isEmpty()).isTrue();
  }

  @Test
  void gatesALimitedDepthByItsShareOfTheAllowedScores() {
    List<RoutingDecision> decisions = decisions(tokenChoice(), limitedTo(2), logits(1, 3, 9));

    assertThat(decisions.get(0).gates()).containsExactly(0);
    assertThat(decisions.get(1).gates()[0]).isCloseTo(2 * 0.880797f, within(1e-5f));
    assertThat(decisions.get(2).isEmpty()).isTrue();
  }

  @Test
  void keepsTheTrainedGateIfTheLimitForbidsNothing() {
    RouterLogits logits = logits(0.3f, 1.7f, -0.4f);

    assertThat(decisions(tokenChoice(), limitedTo(3), logits).get(1).gates())
        .isEqualTo(decisions(tokenChoice(), RoutingMode.TRAINED, logits).get(1).gates());
  }

  @ParameterizedTest
  @ValueSource(strings = {"fixed:1", "fixed:2", "fixed:3"})
  void gatesAForcedDepthByAlpha(String mode) {
    // The router gives the forced depths a share of about e^-200, which underflows to 0.
    for (float[] row : new float[][] {{0, 0, 200}, {200, 0, 0}, {0, 200, 0}}) {
      RoutingMode fixed = RoutingMode.parse(mode);
      List<RoutingDecision> decisions = decisions(tokenChoice(), fixed, logits(row));

      assertThat(decisions.get(fixed.depthLimit() - 1).gates()).containsExactly(2); // alpha
    }
  }

  @Test
  void gatesADrawnDepthByAlpha() {
    RoutingMode drawn = RoutingMode.parse("drawn:1,1,0");

    assertThat(decisions(tokenChoice(), drawn, logits(0, 0, 30)).get(1).gates()).containsExactly(2);
  }

  @Test
  void addsTheScoresOfForbiddenDepthsToThoseOfAllowedOnesWithSigmoid() {
    MorConfig config = TestConfigs.tokenChoice(RouterActivation.SIGMOID);
    float lower = 0.2689414f; // sigmoid(-1)
    float higher = 0.3775407f; // sigmoid(-0.5)
    float forbidden = 0.5f; // sigmoid(0)

    RoutingDecision second = decisions(config, limitedTo(2), logits(-1, -0.5f, 0)).get(1);

    float scale = (lower + higher + forbidden) / (lower + higher);
    assertThat(second.gates()[0]).isCloseTo(2 * higher * scale, within(1e-5f));
  }

  @Test
  void boundsTheGateByAlphaWithSigmoid() {
    MorConfig config = TestConfigs.tokenChoice(RouterActivation.SIGMOID);

    assertThat(decisions(config, RoutingMode.parse("fixed:2"), logits(2, 1, 2)).get(1).gates())
        .containsExactly(2);
    assertThat(decisions(config, limitedTo(2), logits(-999, -999, 0)).get(0).gates()[0])
        .as("half of the sum of all scores, as both allowed scores are 0")
        .isEqualTo(2 * 0.25f);
  }

  @Test
  void choosesAmongAllowedDepthsWithTheBias() {
    List<RoutingDecision> decisions =
        decisions(tokenChoice(), limitedTo(2), logits(3, 1, 9), 0, 10, 0);

    assertThat(decisions.get(0).gates()).containsExactly(0);
    assertThat(decisions.get(1).gates()[0]).isCloseTo(2 * 0.119203f, within(1e-5f));
  }

  @Test
  void addsTheUnscaledOutputUnderALimitWithAdditiveGating() {
    MorConfig config = TestConfigs.tokenChoice(Gating.ADDITIVE);

    assertThat(decisions(config, limitedTo(2), logits(0, 1, 5)).get(1).gates()).containsExactly(1);
  }

  private static MorConfig tokenChoice() {
    return TestConfigs.tokenChoice(Gating.WEIGHTED);
  }

  private static RoutingMode limitedTo(int limit) {
    return RoutingMode.TRAINED.limitedTo(limit);
  }

  /** All three steps of a chunk of one token. */
  private static List<RoutingDecision> decisions(
      MorConfig config, RoutingMode mode, RouterLogits logits, float... bias) {
    Router router = Router.forBatch(config, mode.resolve(config), new RowRange(0, 1), bias);
    List<RoutingDecision> decisions = new ArrayList<>();
    int[] candidates = {0};
    for (int step = 0; step < 3; step++) {
      decisions.add(router.decide(step, candidates, step == 0 ? logits : RouterLogits.NONE));
      candidates = decisions.getLast().rows();
    }
    return decisions;
  }

  @Test
  void drawsExpertChoiceRowsByPositionAndGatesByScore() {
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
  void takesTheDrawnDepthUnderTokenChoice() {
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

    assertThat(decision.rows()).containsExactly(4, 7);
    assertThat(decision.gates()).containsExactly(1, 1);
  }
}
