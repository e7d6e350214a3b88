package dev.mor4j.sampling;

import static dev.mor4j.sampling.SamplingRulesTest.logs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplerTest {

  private static final SamplingOptions UNCHANGED =
      new SamplingOptions(1, 0, 1, 0, 1, 64, OptionalLong.of(5));
  private static final TokenHistory NO_HISTORY = new TokenHistory();

  @Test
  void greedyTakesTheLowestOfEqualTokens() {
    Sampler sampler = Sampler.of(SamplingOptions.DEFAULTS.withTemperature(0));

    assertThat(sampler.sample(new float[] {1, 7, 3, 7}, NO_HISTORY)).isEqualTo(1);
  }

  @Test
  void greedyHeedsTheRepetitionPenalty() {
    Sampler sampler = Sampler.of(SamplingOptions.DEFAULTS.withTemperature(0).withRepeatPenalty(2));
    TokenHistory history = new TokenHistory();
    history.add(1);

    assertThat(sampler.sample(new float[] {4, 7, 3}, history)).isEqualTo(0);
  }

  @Test
  void leavesTheLogitsAsTheyAre() {
    float[] logits = {4, 7, 3};
    TokenHistory history = new TokenHistory();
    history.add(1);

    Sampler.of(SamplingOptions.DEFAULTS.withRepeatPenalty(2)).sample(logits, history);

    assertThat(logits).containsExactly(4, 7, 3);
  }

  @Test
  void sameSeedGivesTheSameTokens() {
    assertThat(draws(UNCHANGED.withSeed(3), 200)).isEqualTo(draws(UNCHANGED.withSeed(3), 200));
    assertThat(draws(UNCHANGED.withSeed(3), 200)).isNotEqualTo(draws(UNCHANGED.withSeed(4), 200));
  }

  @Test
  void noSeedGivesOtherTokensEachTime() {
    SamplingOptions unseeded = new SamplingOptions(1, 0, 1, 0, 1, 64, OptionalLong.empty());

    // equal by chance once in more than 2^150
    assertThat(draws(unseeded, 200)).isNotEqualTo(draws(unseeded, 200));
  }

  @Test
  void drawsEachTokenAsOftenAsItsProbabilitySays() {
    int count = 100_000;
    double[] expected = {0.1, 0.2, 0.3, 0.4};

    int[] counts = counts(draws(UNCHANGED, count));

    double chiSquare = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = counts[i] - expected[i] * count;
      chiSquare += difference * difference / (expected[i] * count);
    }
    assertThat(chiSquare).isLessThan(16.3); // 3 degrees of freedom, exceeded once in 1000 seeds
  }

  @Test
  void cutsBeforeItHeats() {
    // llama.cpp's order: top-p sees 0.4 and 0.3 reach 0.7 before the temperature flattens them.
    int[] counts = counts(draws(UNCHANGED.withTopP(0.65f).withTemperature(1000), 10_000));

    assertThat(counts[0] + counts[1]).isZero();
    assertThat(counts[2]).isBetween(4_700, 5_300); // 6 standard deviations about 5,000
  }

  @Test
  void neverDrawsAnImpossibleToken() {
    Sampler sampler = Sampler.of(UNCHANGED);
    float[] logits = {Float.NEGATIVE_INFINITY, 0, Float.NEGATIVE_INFINITY};

    assertThat(IntStream.range(0, 1000).map(i -> sampler.sample(logits, NO_HISTORY)).distinct())
        .containsExactly(1);
  }

  @Test
  void defaultsAreThoseOfLlamaCpp() {
    assertThat(SamplingOptions.DEFAULTS)
        .isEqualTo(new SamplingOptions(0.8f, 40, 0.95f, 0.05f, 1, 64, OptionalLong.empty()));
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 0, 1, 0, 1, 0, 'temperature: expected 0 or more, found -1'",
    "NaN, 0, 1, 0, 1, 0, 'temperature: expected 0 or more, found NaN'",
    "1, -2, 1, 0, 1, 0, 'top-k: expected 0 or more, found -2'",
    "1, 0, 1.5, 0, 1, 0, 'top-p: expected 0..1, found 1.5'",
    "1, 0, 1, -0.5, 1, 0, 'min-p: expected 0..1, found -0.5'",
    "1, 0, 1, 0, 0, 0, 'repeat-penalty: expected more than 0, found 0'",
    "1, 0, 1, 0, Infinity, 0, 'repeat-penalty: expected more than 0, found Infinity'",
    "1, 0, 1, 0, 1, -2, 'repeat-last-n: expected -1 or more, found -2'"
  })
  void refusesOptionsOutOfRange(
      float temperature,
      int topK,
      float topP,
      float minP,
      float penalty,
      int lastN,
      String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new SamplingOptions(
                    temperature, topK, topP, minP, penalty, lastN, OptionalLong.empty()))
        .withMessage(message);
  }

  private static int[] draws(SamplingOptions options, int count) {
    Sampler sampler = Sampler.of(options);
    float[] logits = logs(0.1, 0.2, 0.3, 0.4);
    return IntStream.range(0, count).map(i -> sampler.sample(logits, NO_HISTORY)).toArray();
  }

  private static int[] counts(int[] draws) {
    int[] counts = new int[4];
    for (int token : draws) {
      counts[token]++;
    }
    return counts;
  }
}
