package dev.mor4j.sampling;

import static dev.mor4j.sampling.SamplingRulesTest.logs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

class SamplerTest {

  private static final SamplingOptions UNCHANGED =
      SamplingOptions.builder().order(List.of()).seed(5).build();
  private static final TokenHistory NO_HISTORY = new TokenHistory();

  @Test
  void greedyTakesTheLowestOfEqualTokens() {
    Sampler sampler = Sampler.of(SamplingOptions.DEFAULTS.withTemperature(0));

    assertThat(sampler.sample(new float[] {1, 7, 3, 7}, NO_HISTORY)).isEqualTo(1);
  }

  @Test
  void greedyFindsTheFirstOfTheGreatestInALargeVocabulary() {
    Sampler sampler = Sampler.of(SamplingOptions.DEFAULTS.withTemperature(0));
    float[] logits = new float[5000];
    for (int likeliest : new int[] {0, 1023, 1024, 2500, 4999}) {
      Arrays.fill(logits, -1);
      logits[likeliest] = 2;
      logits[4999] = 2;

      assertThat(sampler.sample(logits, NO_HISTORY)).isEqualTo(likeliest);
    }
  }

  @Test
  void greedyRefusesWhatIsNoNumberWhereverItIs() {
    Sampler sampler = Sampler.of(SamplingOptions.DEFAULTS.withTemperature(0));
    for (int bad : new int[] {0, 1023, 1024, 4999}) {
      float[] logits = new float[5000];
      logits[bad] = Float.NaN;
      logits[2500] = 7;

      assertThatIllegalArgumentException()
          .isThrownBy(() -> sampler.sample(logits, NO_HISTORY))
          .withMessage("logits are not finite: NaN for token id " + bad);
    }
  }

  @Test
  void greedyHeedsTheRepetitionPenalty() {
    Sampler sampler = Sampler.of(SamplingOptions.builder().temperature(0).repeatPenalty(2).build());
    TokenHistory history = new TokenHistory();
    history.add(1);

    assertThat(sampler.sample(new float[] {4, 7, 3}, history)).isEqualTo(0);
  }

  @Test
  void leavesTheLogitsAsTheyAre() {
    float[] logits = {4, 7, 3};
    TokenHistory history = new TokenHistory();
    history.add(1);

    Sampler.of(SamplingOptions.builder().repeatPenalty(2).build()).sample(logits, history);

    assertThat(logits).containsExactly(4, 7, 3);
  }

  @Test
  void sameSeedGivesTheSameTokens() {
    assertThat(draws(UNCHANGED.withSeed(3), 200)).isEqualTo(draws(UNCHANGED.withSeed(3), 200));
    assertThat(draws(UNCHANGED.withSeed(3), 200)).isNotEqualTo(draws(UNCHANGED.withSeed(4), 200));
  }

  @Test
  void noSeedGivesOtherTokensEachTime() {
    SamplingOptions unseeded = SamplingOptions.builder().order(List.of()).build();

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
    SamplingOptions options =
        SamplingOptions.builder().topK(0).topP(0.65f).minP(0).temperature(1000).seed(5).build();

    int[] counts = counts(draws(options, 10_000));

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
  void heatsBeforeItCutsIfAsked() {
    SamplingOptions options =
        SamplingOptions.builder()
            .topP(0.65f)
            .temperature(1000)
            .order(SamplingStage.parse("temperature;top_p"))
            .seed(5)
            .build();

    int[] counts = counts(draws(options, 10_000));

    // Four tokens of nearly 1/4 each: three are needed.
    assertThat(counts[0]).isZero();
    assertThat(counts[1]).isBetween(3_000, 3_700);
  }

  @Test
  void ruleThatIsNotNamedIsNotApplied() {
    SamplingOptions options =
        SamplingOptions.builder().temperature(0).order(List.of()).seed(5).build();

    assertThat(counts(draws(options, 1000))).doesNotContain(0);
  }

  @Test
  void greedyPicksFromWhatExclusionsLeave() {
    SamplingOptions options =
        SamplingOptions.builder().temperature(0).xtc(new XtcOptions(1, 0.25f)).build();

    // 0.4 and 0.3 are obvious, so 0.4 goes.
    assertThat(draws(options, 1)).containsExactly(2);
  }

  @Test
  void greedyHeedsCutsBeforePenalties() {
    SamplingOptions options =
        SamplingOptions.builder()
            .temperature(0)
            .topK(1)
            .repeatPenalty(100)
            .order(SamplingStage.parse("top_k;penalties;temperature"))
            .build();

    assertThat(Sampler.of(options).sample(new float[] {3, 4}, SamplingRulesTest.history(1)))
        .isEqualTo(1);
  }

  @Test
  void logitBiasComesFirst() {
    SamplingOptions options =
        SamplingOptions.DEFAULTS
            .withTemperature(0)
            .withLogitBias(Map.of(3, Float.NEGATIVE_INFINITY, 0, 5f));

    assertThat(draws(options, 1)).containsExactly(0);
  }

  @Test
  void mirostatTakesThePlaceOfTheOtherRules() {
    SamplingOptions options =
        SamplingOptions.builder()
            .temperature(1)
            .topK(1)
            .mirostat(MirostatOptions.DEFAULTS)
            .seed(5)
            .build();

    assertThat(counts(draws(options, 1000))).doesNotContain(0);
    assertThat(counts(draws(options.withTemperature(0), 100))).containsExactly(0, 0, 0, 100);
  }

  @Test
  void readsLogitsWhereTheyStand() {
    float[] rows = {9, 9, 1, 7, 3, 9};

    assertThat(
            Sampler.of(SamplingOptions.DEFAULTS.withTemperature(0)).sample(rows, 2, 3, NO_HISTORY))
        .isEqualTo(1);
  }

  /** Every rule at once, on a vocabulary of usual size: arrays are made once, then reused. */
  @Test
  void makesHardlyAnyGarbage() {
    SamplingOptions options =
        SamplingOptions.builder()
            .topK(0)
            .topNSigma(4)
            .typicalP(0.95f)
            .xtc(new XtcOptions(0.5f, 0.1f))
            .repeatPenalty(1.1f)
            .frequencyPenalty(0.1f)
            .dryMultiplier(0.8f)
            .dynamicTemperatureRange(0.3f)
            .logitBias(Map.of(3, 1f))
            .seed(1)
            .build();
    float[] logits = new float[49_152];
    SplitMix64 random = new SplitMix64(1);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) random.nextGaussian();
    }
    TokenHistory history = new TokenHistory();
    Sampler sampler = Sampler.of(options);
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < 20; i++) {
      history.add(sampler.sample(logits, history));
    }

    long before = thread.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 40; i++) {
      history.add(sampler.sample(logits, history));
    }

    assertThat((thread.getCurrentThreadAllocatedBytes() - before) / 40).isLessThan(512);
  }

  @Test
  void defaultsAreThoseOfLlamaCpp() {
    SamplingOptions defaults = SamplingOptions.DEFAULTS;

    assertThat(defaults.temperature()).isEqualTo(new TemperatureOptions(0.8f, 0, 1));
    assertThat(defaults.cuts()).isEqualTo(new CutOptions(40, 0.95f, 0.05f, 1, 0));
    assertThat(defaults.xtc()).isEqualTo(new XtcOptions(0, 0.1f));
    assertThat(defaults.penalties()).isEqualTo(new PenaltyOptions(1, 0, 0, 64));
    assertThat(defaults.dry())
        .isEqualTo(new DryOptions(0, 1.75f, 2, 64, List.of("\n", ":", "\"", "*")));
    assertThat(MirostatOptions.DEFAULTS).isEqualTo(new MirostatOptions(5, 0.1f));
    assertThat(defaults.mirostat()).isEmpty();
  }

  @Test
  void builderSetsEachOption() {
    SamplingOptions options =
        SamplingOptions.builder()
            .temperature(1)
            .dynamicTemperatureRange(2)
            .dynamicTemperatureExponent(3)
            .topK(4)
            .topP(0.5f)
            .minP(0.6f)
            .typicalP(0.7f)
            .topNSigma(8)
            .xtc(new XtcOptions(0.1f, 0.2f))
            .repeatPenalty(9)
            .frequencyPenalty(10)
            .presencePenalty(11)
            .repeatLastN(12)
            .dryMultiplier(13)
            .dryBase(14)
            .dryAllowedLength(15)
            .dryLastN(16)
            .dryBreakers(List.of("!"))
            .mirostat(new MirostatOptions(17, 18))
            .logitBias(Map.of(1, 2f))
            .order(List.of(SamplingStage.XTC))
            .seed(19)
            .build();

    assertThat(options)
        .isEqualTo(
            new SamplingOptions(
                new TemperatureOptions(1, 2, 3),
                new CutOptions(4, 0.5f, 0.6f, 0.7f, 8),
                new XtcOptions(0.1f, 0.2f),
                new PenaltyOptions(9, 10, 11, 12),
                new DryOptions(13, 14, 15, 16, List.of("!")),
                Optional.of(new MirostatOptions(17, 18)),
                Map.of(1, 2f),
                List.of(SamplingStage.XTC),
                OptionalLong.of(19)));
    assertThat(options.toBuilder().build()).isEqualTo(options);
  }

  static final List<Arguments> REFUSED =
      List.of(
          refused(b -> b.temperature(-1), "temperature: expected 0 or more, found -1"),
          refused(b -> b.temperature(Float.NaN), "temperature: expected 0 or more, found NaN"),
          refused(
              b -> b.dynamicTemperatureRange(-1), "dynatemp-range: expected 0 or more, found -1"),
          refused(
              b -> b.dynamicTemperatureExponent(-1), "dynatemp-exp: expected 0 or more, found -1"),
          refused(b -> b.topK(-2), "top-k: expected 0 or more, found -2"),
          refused(b -> b.topP(1.5f), "top-p: expected 0..1, found 1.5"),
          refused(b -> b.minP(-0.5f), "min-p: expected 0..1, found -0.5"),
          refused(b -> b.typicalP(2), "typical: expected 0..1, found 2"),
          refused(
              b -> b.topNSigma(Float.POSITIVE_INFINITY),
              "top-n-sigma: expected a finite number, found Infinity"),
          refused(b -> b.xtc(new XtcOptions(2, 0)), "xtc-probability: expected 0..1, found 2"),
          refused(b -> b.xtc(new XtcOptions(0, -1)), "xtc-threshold: expected 0..1, found -1"),
          refused(b -> b.repeatPenalty(0), "repeat-penalty: expected more than 0, found 0"),
          refused(
              b -> b.repeatPenalty(Float.POSITIVE_INFINITY),
              "repeat-penalty: expected more than 0, found Infinity"),
          refused(
              b -> b.frequencyPenalty(Float.NaN),
              "frequency-penalty: expected a finite number, found NaN"),
          refused(
              b -> b.presencePenalty(Float.NaN),
              "presence-penalty: expected a finite number, found NaN"),
          refused(b -> b.repeatLastN(-2), "repeat-last-n: expected -1 or more, found -2"),
          refused(b -> b.dryMultiplier(-1), "dry-multiplier: expected 0 or more, found -1"),
          refused(b -> b.dryBase(0.5f), "dry-base: expected 1 or more, found 0.5"),
          refused(b -> b.dryAllowedLength(-1), "dry-allowed-length: expected 0 or more, found -1"),
          refused(b -> b.dryLastN(-2), "dry-penalty-last-n: expected -1 or more, found -2"),
          refused(
              b -> b.dryBreakers(List.of("")),
              "dry-sequence-breaker: expected some text, found none"),
          refused(
              b -> b.mirostat(new MirostatOptions(-1, 0)),
              "mirostat-ent: expected 0 or more, found -1"),
          refused(
              b -> b.mirostat(new MirostatOptions(0, -1)),
              "mirostat-lr: expected 0 or more, found -1"),
          refused(
              b -> b.logitBias(Map.of(-1, 1f)),
              "logit-bias: expected token ids of 0 or more, found -1"),
          refused(
              b -> b.logitBias(Map.of(7, Float.POSITIVE_INFINITY)),
              "logit-bias of token 7: expected a finite number or negative infinity, found Infinity"));

  @ParameterizedTest
  @FieldSource("REFUSED")
  void refusesOptionsOutOfRange(UnaryOperator<SamplingOptionsBuilder> change, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> change.apply(SamplingOptions.builder()).build())
        .withMessage(message);
  }

  private static Arguments refused(UnaryOperator<SamplingOptionsBuilder> change, String message) {
    return Arguments.of(change, message);
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
