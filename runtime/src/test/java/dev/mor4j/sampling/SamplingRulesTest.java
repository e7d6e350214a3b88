package dev.mor4j.sampling;

import static dev.mor4j.sampling.CandidatesTest.ids;
import static dev.mor4j.sampling.CandidatesTest.loaded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplingRulesTest {

  private static final TokenHistory NO_HISTORY = new TokenHistory();

  @Test
  void topKKeepsTheMostLikely() {
    Candidates candidates = loaded(1, 4, 2, 4, 3);

    new TopK(3).apply(candidates, NO_HISTORY);

    assertThat(ids(candidates)).containsExactly(1, 3, 4);
  }

  @Test
  void topKAboveTheVocabularyKeepsAll() {
    Candidates candidates = loaded(1, 2);

    new TopK(40).apply(candidates, NO_HISTORY);

    assertThat(ids(candidates)).containsExactly(1, 0);
  }

  @Test
  void topPKeepsTheTokenThatReachesTheMass() {
    Candidates candidates = loaded(logs(0.1, 0.2, 0.3, 0.4));

    new TopP(0.65f).apply(candidates, NO_HISTORY);

    assertThat(ids(candidates)).containsExactly(3, 2);
  }

  @Test
  void topPOfAnythingAtAllKeepsOneToken() {
    Candidates candidates = loaded(logs(0.1, 0.2, 0.3, 0.4));

    new TopP(0).apply(candidates, NO_HISTORY);

    assertThat(ids(candidates)).containsExactly(3);
  }

  @Test
  void topPReachesBeyondWhatItOrdersFirst() {
    Candidates candidates = loaded(new float[1000]);

    new TopP(0.9f).apply(candidates, NO_HISTORY);

    assertThat(candidates.size()).isBetween(900, 901); // 0.9f is a little more than 0.9
    assertThat(ids(candidates).subList(0, 900)).isSorted();
  }

  @Test
  void minPKeepsWhatIsLikelyEnoughBesideTheMostLikely() {
    Candidates candidates = loaded(logs(0.03, 0.5, 0.07, 0.4));

    new MinP(0.1f).apply(candidates, NO_HISTORY);

    assertThat(ids(candidates)).containsExactly(1, 2, 3);
  }

  @Test
  void minPOfOneKeepsTheMostLikely() {
    Candidates candidates = loaded(1, 7, 7, 3);

    new MinP(1).apply(candidates, NO_HISTORY);

    assertThat(ids(candidates)).containsExactly(1, 2);
  }

  @Test
  void temperatureStretchesDistancesFromTheMostLikely() {
    Candidates candidates = loaded(3, 1, 2);

    new Temperature(0.5f).apply(candidates, NO_HISTORY);

    assertThat(candidates.logit(0)).isZero();
    assertThat(candidates.logit(1)).isEqualTo(-4);
    assertThat(candidates.logit(2)).isEqualTo(-2);
  }

  @Test
  void smallestTemperatureMakesNoNaN() {
    Candidates candidates = loaded(3, 1, Float.NEGATIVE_INFINITY, 3);

    new Temperature(Float.MIN_VALUE).apply(candidates, NO_HISTORY);

    assertThat(candidates.weightSum(candidates.maxLogit())).isEqualTo(2);
  }

  @Test
  void repetitionPenaltyDividesPositiveAndMultipliesNegativeLogitsOnce() {
    Candidates candidates = loaded(3, -3, 5, 0);

    new Penalties(new PenaltyOptions(1.5f, 0, 0, 64)).apply(candidates, history(0, 1, 0, 0, 77));

    assertThat(logits(candidates)).containsExactly(2f, -4.5f, 5f, 0f);
  }

  @Test
  void frequencyCountsEachTimeAndPresenceOnce() {
    Candidates candidates = loaded(3, -3, 5, 0);

    new Penalties(new PenaltyOptions(1, 0.5f, 0.25f, 64)).apply(candidates, history(0, 1, 0, 0));

    // 3 - 3 * 0.5 - 0.25; -3 - 0.5 - 0.25
    assertThat(logits(candidates)).containsExactly(1.25f, -3.75f, 5f, 0f);
  }

  @Test
  void repetitionComesBeforeFrequency() {
    Candidates candidates = loaded(4, 1);

    new Penalties(new PenaltyOptions(2, 3, 0, 64)).apply(candidates, history(0));

    assertThat(logits(candidates)).containsExactly(-1f, 1f); // 4 / 2 - 3
  }

  @Test
  void penaltiesLookNoFurtherBackThanAsked() {
    Candidates candidates = loaded(2, 2, 2, 2);

    new Penalties(new PenaltyOptions(2, 0, 0, 2)).apply(candidates, history(0, 1, 2));

    assertThat(logits(candidates)).containsExactly(2f, 1f, 1f, 2f);
  }

  @Test
  void penaltiesLookAllTheWayBackIfAsked() {
    Candidates candidates = loaded(2, 2);
    TokenHistory history = history(0);
    history.add(new int[200]);

    new Penalties(new PenaltyOptions(1, 0.01f, 0, -1)).apply(candidates, history);

    assertThat(candidates.logit(0)).isCloseTo(2 - 2.01f, within(1e-6f));
  }

  @Test
  void penaltiesForgetTheLastToken() {
    Penalties rule = new Penalties(new PenaltyOptions(2, 0, 0, 1));
    rule.apply(loaded(2, 2), history(0));
    Candidates candidates = loaded(2, 2);

    rule.apply(candidates, history(0, 1));

    assertThat(logits(candidates)).containsExactly(2f, 1f);
  }

  @Test
  void penaltiesCountAfreshForEachToken() {
    Penalties rule = new Penalties(new PenaltyOptions(1, 1, 0, 64));
    rule.apply(loaded(9, 9), history(0, 1));
    Candidates candidates = loaded(9, 9);

    rule.apply(candidates, history(0, 1, 0));

    assertThat(logits(candidates)).containsExactly(7f, 8f);
  }

  @Test
  void extremePenaltiesStayFinite() {
    Candidates candidates = loaded(10, -10, Float.NEGATIVE_INFINITY);
    PenaltyOptions extreme = new PenaltyOptions(Float.MIN_NORMAL / 2, Float.MAX_VALUE, 0, 64);

    new Penalties(extreme).apply(candidates, history(0, 1, 1, 2));

    assertThat(logits(candidates))
        .containsExactly(Float.MAX_VALUE, -Float.MAX_VALUE, Float.NEGATIVE_INFINITY);
  }

  @Test
  void topNSigmaKeepsWhatIsNearTheHighest() {
    // Mean 2, deviations -2 -1 0 3, standard deviation sqrt(14 / 4) = 1.871; 5 - 1.871 = 3.129.
    Candidates candidates = loaded(0, 1, 2, 5, Float.NEGATIVE_INFINITY);
    Candidates wide = loaded(0, 1, 2, 5, Float.NEGATIVE_INFINITY);

    new TopNSigma(1).apply(candidates, NO_HISTORY);
    new TopNSigma(2).apply(wide, NO_HISTORY);

    assertThat(ids(candidates)).containsExactly(3);
    assertThat(ids(wide)).containsExactly(2, 3); // 5 - 3.742 = 1.258
  }

  @Test
  void topNSigmaKeepsEqualTokens() {
    Candidates candidates = loaded(2, 2, 2);

    new TopNSigma(1).apply(candidates, NO_HISTORY);

    assertThat(ids(candidates)).containsExactly(0, 1, 2);
  }

  @Test
  void typicalKeepsTheUsualSurprise() {
    // Entropy 1.333 nats. Surprise less entropy: 0.2 -> 0.276, 0.15 -> 0.564, 0.5 -> 0.640,
    // 0.1 -> 0.970, 0.05 -> 1.663: the likeliest is not the most typical.
    float[] logits = logs(0.5, 0.2, 0.15, 0.1, 0.05);
    Candidates narrow = loaded(logits);
    Candidates middle = loaded(logits);
    Candidates wide = loaded(logits);

    new TypicalP(0.1f).apply(narrow, NO_HISTORY);
    new TypicalP(0.3f).apply(middle, NO_HISTORY);
    new TypicalP(0.6f).apply(wide, NO_HISTORY);

    assertThat(ids(narrow)).containsExactly(1);
    assertThat(ids(middle)).containsExactly(1, 2);
    assertThat(ids(wide)).containsExactly(0, 1, 2);
  }

  @Test
  void typicalReachesBeyondWhatItOrdersFirst() {
    Candidates candidates = loaded(new float[1000]);

    new TypicalP(0.9f).apply(candidates, NO_HISTORY);

    assertThat(candidates.size()).isBetween(900, 901); // 0.9f is a little more than 0.9
    assertThat(ids(candidates)).isSorted();
  }

  @Test
  void typicalLeavesImpossibleTokensOut() {
    Candidates candidates = loaded(Float.NEGATIVE_INFINITY, 1, 1);

    new TypicalP(0.9f).apply(candidates, NO_HISTORY);

    assertThat(ids(candidates)).containsExactly(1, 2);
  }

  @Test
  void xtcLeavesOneOfTheObvious() {
    Candidates candidates = loaded(logs(0.05, 0.4, 0.3, 0.2, 0.05));

    new Xtc(new XtcOptions(1, 0.15f), new SplitMix64(1)).apply(candidates, NO_HISTORY);

    assertThat(ids(candidates)).containsExactly(0, 3, 4);
  }

  @Test
  void xtcLeavesTheHighestIdOfEqualOnes() {
    Candidates candidates = loaded(logs(0.4, 0.4, 0.2));

    new Xtc(new XtcOptions(1, 0.3f), new SplitMix64(1)).apply(candidates, NO_HISTORY);

    assertThat(ids(candidates)).containsExactly(1, 2);
  }

  @Test
  void xtcLeavesASingleObviousTokenAlone() {
    Candidates candidates = loaded(logs(0.8, 0.1, 0.1));

    new Xtc(new XtcOptions(1, 0.5f), new SplitMix64(1)).apply(candidates, NO_HISTORY);

    assertThat(ids(candidates)).containsExactly(0, 1, 2);
  }

  @Test
  void xtcLeavesATokenThatCanCome() {
    Candidates candidates = loaded(0, 1, Float.NEGATIVE_INFINITY);

    new Xtc(new XtcOptions(1, 0), new SplitMix64(1)).apply(candidates, NO_HISTORY);

    assertThat(candidates.maxLogit()).isZero();
  }

  @Test
  void xtcComesAsOftenAsAsked() {
    Xtc rule = new Xtc(new XtcOptions(0.25f, 0.3f), new SplitMix64(1));
    int excluded = 0;
    for (int i = 0; i < 10_000; i++) {
      Candidates candidates = loaded(logs(0.5, 0.5));
      rule.apply(candidates, NO_HISTORY);
      excluded += 2 - candidates.size();
    }

    assertThat(excluded).isBetween(2_240, 2_760); // 6 standard deviations about 2,500
  }

  @Test
  void temperatureFollowsTheUncertainty() {
    // Two of four tokens equally likely: entropy ln 2 of ln 4, share 1/2.
    Candidates candidates = loaded(8, 8, -100, -100);

    new DynamicTemperature(new TemperatureOptions(1, 0.5f, 2)).apply(candidates, NO_HISTORY);

    // 0.5 + (1.5 - 0.5) * (1/2)^2 = 0.75; -108 / 0.75
    assertThat(candidates.logit(2)).isCloseTo(-144, within(1e-4f));
    assertThat(candidates.logit(0)).isZero();
  }

  @Test
  void temperatureRangeEndsAtZero() {
    Candidates candidates = loaded(0, 1000); // no uncertainty at all: the lowest temperature

    new DynamicTemperature(new TemperatureOptions(1, 2, 1)).apply(candidates, NO_HISTORY);

    assertThat(ids(candidates)).containsExactly(1);
  }

  @Test
  void temperatureRangeIsCutAtZeroBeforeItIsShared() {
    Candidates candidates = loaded(8, 8, -100, -100);

    new DynamicTemperature(new TemperatureOptions(1, 3, 1)).apply(candidates, NO_HISTORY);

    // 0 + (4 - 0) * 1/2 = 2; -108 / 2
    assertThat(candidates.logit(2)).isCloseTo(-54, within(1e-4f));
  }

  @Test
  void temperatureOfZeroKeepsTheLikeliest() {
    Candidates candidates = loaded(1, 3, 3);

    new Temperature(0).apply(candidates, NO_HISTORY);

    assertThat(ids(candidates)).containsExactly(1);
  }

  @Test
  void logitBiasAddsAndForbids() {
    Candidates candidates = loaded(1, 2, 3, Float.NEGATIVE_INFINITY);

    new LogitBias(Map.of(0, 1.5f, 2, Float.NEGATIVE_INFINITY, 3, 5f)).apply(candidates, NO_HISTORY);

    assertThat(logits(candidates))
        .containsExactly(2.5f, 2f, Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY);
  }

  @Test
  void logitBiasRefusesWhatCannotBe() {
    float none = Float.NEGATIVE_INFINITY;

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LogitBias(Map.of(2, 1f)).apply(loaded(1, 2), NO_HISTORY))
        .withMessage("logit-bias: expected token ids 0..1, found 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LogitBias(Map.of(0, none)).apply(loaded(1, none), NO_HISTORY))
        .withMessage("logit-bias: expected at least one token that is not excluded, found none");
  }

  @Test
  void mirostatMovesItsLimitByTheSurprise() {
    MirostatPick pick = new MirostatPick(new MirostatOptions(1.5f, 0.5f), new SplitMix64(1));

    int picked = pick.pick(loaded(logs(0.25, 0.25, 0.25, 0.25)));

    // Limit 3 bits keeps all; 2 bits of surprise: 3 - 0.5 * (2 - 1.5).
    assertThat(picked).isBetween(0, 3);
    assertThat(pick.limit()).isCloseTo(2.75, within(1e-6));
  }

  @Test
  void mirostatLeavesOutWhatSurprisesTooMuch() {
    // Limit 2 bits, which is a probability of 1/4.
    Candidates candidates = loaded(logs(0.125, 0.5, 0.26, 0.115));
    MirostatPick pick = new MirostatPick(new MirostatOptions(1, 0), new SplitMix64(1));

    pick.pick(candidates);

    assertThat(ids(candidates)).containsExactly(1, 2);
  }

  @Test
  void mirostatAlwaysKeepsTheLikeliest() {
    MirostatPick pick = new MirostatPick(new MirostatOptions(0, 1), new SplitMix64(1));

    int first = pick.pick(loaded(logs(0.1, 0.4, 0.4, 0.1)));

    assertThat(first).isEqualTo(1);
    assertThat(pick.limit()).isCloseTo(0, within(1e-9)); // alone it surprises by nothing
  }

  @Test
  void mirostatHoldsTheTargetOverManyTokens() {
    // A Zipf distribution of 1000 tokens, its entropy far above the target of 3 bits.
    float[] logits = new float[1000];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) -Math.log(i + 1.0);
    }
    MirostatPick pick = new MirostatPick(new MirostatOptions(3, 0.1f), new SplitMix64(1));
    double startLimit = pick.limit();
    int count = 5_000;

    for (int i = 0; i < count; i++) {
      pick.pick(loaded(logits));
    }

    // The limit sums up what the surprises were off the target: its move is their mean error.
    assertThat((startLimit - pick.limit()) / 0.1 / count).isCloseTo(0, within(0.02));
    assertThat(pick.limit()).isBetween(3.0, 10.0);
  }

  @Test
  void topLogProbabilitiesAreSortedAndReadFromTheRowsOffset() {
    float[] rows = new float[6];
    System.arraycopy(logs(0.1, 0.3, 0.3, 0.2, 0.1), 0, rows, 1, 5);
    rows[0] = 99;
    double sum = 0; // the probabilities add up to 1

    assertThat(LogProbability.top(rows, 1, 5, 4, sum))
        .extracting(TokenLogProbability::token)
        .containsExactly(1, 2, 3, 0);
    assertThat(LogProbability.top(rows, 1, 5, 1, sum).getFirst().logProbability())
        .isCloseTo((float) Math.log(0.3), within(1e-6f));
    assertThat(LogProbability.top(rows, 1, 5, 9, sum)).hasSize(5);
    assertThat(LogProbability.top(rows, 1, 5, 0, sum)).isEmpty();
  }

  static float[] logs(double... probabilities) {
    float[] logits = new float[probabilities.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) Math.log(probabilities[i]);
    }
    return logits;
  }

  static TokenHistory history(int... tokens) {
    TokenHistory history = new TokenHistory();
    history.add(tokens);
    return history;
  }

  static List<Float> logits(Candidates candidates) {
    return IntStream.range(0, candidates.size()).mapToObj(candidates::logit).toList();
  }
}
