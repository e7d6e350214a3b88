package dev.mor4j.sampling;

import static dev.mor4j.sampling.CandidatesTest.ids;
import static dev.mor4j.sampling.CandidatesTest.loaded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
    TokenHistory history = new TokenHistory();
    history.add(0, 1, 0, 0, 77);

    new RepetitionPenalty(1.5f, 64).apply(candidates, history);

    assertThat(candidates.logit(0)).isEqualTo(2);
    assertThat(candidates.logit(1)).isEqualTo(-4.5f);
    assertThat(candidates.logit(2)).isEqualTo(5);
    assertThat(candidates.logit(3)).isZero();
  }

  @Test
  void repetitionPenaltyLooksNoFurtherBackThanAsked() {
    Candidates candidates = loaded(2, 2, 2, 2);
    TokenHistory history = new TokenHistory();
    history.add(0, 1, 2);

    new RepetitionPenalty(2, 2).apply(candidates, history);

    assertThat(candidates.logit(0)).isEqualTo(2);
    assertThat(candidates.logit(1)).isEqualTo(1);
    assertThat(candidates.logit(2)).isEqualTo(1);
    assertThat(candidates.logit(3)).isEqualTo(2);
  }

  @Test
  void repetitionPenaltyLooksAllTheWayBackIfAsked() {
    Candidates candidates = loaded(2, 2);
    TokenHistory history = new TokenHistory();
    history.add(0);
    history.add(new int[200]);

    new RepetitionPenalty(2, -1).apply(candidates, history);

    assertThat(candidates.logit(0)).isEqualTo(1);
  }

  @Test
  void extremePenaltyStaysFinite() {
    Candidates candidates = loaded(10, -10, Float.NEGATIVE_INFINITY);
    TokenHistory history = new TokenHistory();
    history.add(0, 1, 2);

    new RepetitionPenalty(Float.MIN_NORMAL / 2, 64).apply(candidates, history);

    assertThat(candidates.logit(0)).isEqualTo(Float.MAX_VALUE);
    assertThat(candidates.logit(2)).isEqualTo(Float.NEGATIVE_INFINITY);
  }

  @Test
  void logProbabilityIsStableForLargeLogits() {
    float[] logits = {1000, 1000, Float.NEGATIVE_INFINITY};

    assertThat(LogProbability.of(logits, 1)).isCloseTo((float) Math.log(0.5), within(1e-6f));
    assertThat(LogProbability.of(logits, 2)).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(LogProbability.of(logs(0.25, 0.75), 0))
        .isCloseTo((float) Math.log(0.25), within(1e-6f));
  }

  static float[] logs(double... probabilities) {
    float[] logits = new float[probabilities.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) Math.log(probabilities[i]);
    }
    return logits;
  }
}
