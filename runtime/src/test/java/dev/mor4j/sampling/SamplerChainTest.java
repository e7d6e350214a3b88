package dev.mor4j.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Random options, orders, logits and histories. */
class SamplerChainTest {

  private static final int SEEDS = 1000;

  @Test
  void leavesWhatThePlainRulesLeave() {
    int narrowed = 0;
    for (int seed = 1; seed <= SEEDS; seed++) {
      Random random = new Random(seed);
      SamplingOptions options = options(random);
      float[] logits = logits(random);
      int[] history = random.ints(random.nextInt(20), 0, logits.length).toArray();

      Candidates candidates =
          SamplerChain.of(options, SequenceBreakers.NONE, List.of())
              .narrow(logits, 0, logits.length, SamplingRulesTest.history(history));

      Map<Integer, Double> found = probabilities(candidates);
      Map<Integer, Double> expected = PlainRules.apply(options, logits, history);
      assertThat(found.keySet()).as("seed %d: %s", seed, options).isEqualTo(expected.keySet());
      // Logits are floats of up to about 100 here: 1e-7 of that, in an exponent.
      found.forEach(
          (id, probability) ->
              assertThat(probability)
                  .as("seed %d, token %d", options.seed().orElseThrow(), id)
                  .isCloseTo(expected.get(id), within(1e-4)));
      narrowed += expected.size() < logits.length ? 1 : 0;
    }
    assertThat(narrowed).isBetween(SEEDS / 4, SEEDS - 1);
  }

  private static Sampler filtered(SamplingOptions options, TokenFilter filter) {
    return Sampler.of(options, SequenceBreakers.NONE, List.of(CustomRule.filter(() -> filter)));
  }

  @Test
  void aFilterLeavesWhatTheRulesLeaveOfASmallerVocabulary() {
    for (int seed = 1; seed <= SEEDS; seed++) {
      Random random = new Random(seed);
      SamplingOptions options = options(random).withLogitBias(Map.of());
      float[] logits = logits(random);
      // Token 0 has a finite logit, so the filter never leaves tokens of probability 0 alone.
      IntStream others = random.ints(0, logits.length).limit(random.nextInt(20));
      int[] ids = IntStream.concat(IntStream.of(0), others).distinct().sorted().toArray();
      float[] allowedLogits = new float[ids.length];
      BitSet allowedIds = new BitSet();
      for (int i = 0; i < ids.length; i++) {
        allowedLogits[i] = logits[ids[i]];
        allowedIds.set(ids[i]);
      }

      Sampler filtered = filtered(options, (written, allowed) -> allowed.and(allowedIds));
      Sampler smaller = Sampler.of(options);

      for (int i = 0; i < 5; i++) {
        assertThat(filtered.sample(logits, new TokenHistory()))
            .as("seed %d: %s", seed, options)
            .isEqualTo(ids[smaller.sample(allowedLogits, new TokenHistory())]);
      }
    }
  }

  @Test
  void aFilterSeesWhatWasWrittenAndEachTimeTheWholeVocabulary() {
    List<List<Integer>> seen = new ArrayList<>();
    Sampler sampler =
        filtered(
            SamplingOptions.DEFAULTS.withTemperature(0),
            (written, allowed) -> {
              seen.add(List.copyOf(written));
              assertThat(allowed.cardinality()).isEqualTo(4);
              allowed.clear(written.size());
            });
    TokenHistory history = SamplingRulesTest.history(7, 8);

    for (int i = 0; i < 3; i++) {
      history.add(sampler.sample(new float[] {4, 3, 2, 1}, history));
    }

    assertThat(seen).containsExactly(List.of(), List.of(1), List.of(1, 0));
  }

  @Test
  void refusesFiltersThatLeaveNothingOrNameUnknownTokens() {
    float[] logits = {1, Float.NEGATIVE_INFINITY, 2};

    assertRefused(
        BitSet::clear, logits, "token filter: expected at least one allowed token, found none");
    assertRefused(
        allowed -> allowed.andNot(BitSet.valueOf(new long[] {0b101})),
        logits,
        "token filter: expected at least one allowed token, found none");
    assertRefused(
        allowed -> allowed.set(70), logits, "token filter: expected token ids 0..2, found 70");
  }

  private static void assertRefused(Consumer<BitSet> change, float[] logits, String message) {
    Sampler sampler =
        filtered(SamplingOptions.DEFAULTS, (written, allowed) -> change.accept(allowed));

    assertThatThrownBy(() -> sampler.sample(logits, new TokenHistory()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void sameSeedPicksTheSameWhereverTheLogitsStand() {
    for (int seed = 1; seed <= 100; seed++) {
      Random random = new Random(seed);
      SamplingOptions options = options(random);
      float[] logits = logits(random);
      float[] rows = new float[3 * logits.length];
      System.arraycopy(logits, 0, rows, logits.length, logits.length);
      Sampler alone = Sampler.of(options);
      Sampler amongRows = Sampler.of(options);
      TokenHistory history = new TokenHistory();

      for (int i = 0; i < 20; i++) {
        int token = alone.sample(logits, history);

        assertThat(amongRows.sample(rows, logits.length, logits.length, history))
            .as("seed %d", seed)
            .isEqualTo(token);
        history.add(token);
      }
    }
  }

  private static Map<Integer, Double> probabilities(Candidates candidates) {
    double max = candidates.maxLogit();
    double sum = candidates.weightSum(max);
    Map<Integer, Double> probabilities = new HashMap<>();
    for (int i = 0; i < candidates.size(); i++) {
      if (candidates.weight(i, max) > 0) {
        probabilities.put(candidates.id(i), candidates.weight(i, max) / sum);
      }
    }
    return probabilities;
  }

  /** Each rule is on in about half of the cases. */
  private static SamplingOptions options(Random random) {
    List<SamplingStage> order = new ArrayList<>(SamplingStage.DEFAULT_ORDER);
    if (random.nextBoolean()) {
      Collections.shuffle(order, random);
    }
    return SamplingOptions.builder()
        .temperature(0.5f + random.nextFloat())
        .dynamicTemperatureRange(random.nextBoolean() ? 0 : 0.4f * random.nextFloat())
        .dynamicTemperatureExponent(0.5f + random.nextFloat())
        .topK(random.nextBoolean() ? 0 : 1 + random.nextInt(60))
        .topP(random.nextBoolean() ? 1 : random.nextFloat())
        .minP(random.nextBoolean() ? 0 : 0.3f * random.nextFloat())
        .typicalP(random.nextBoolean() ? 1 : random.nextFloat())
        .topNSigma(random.nextBoolean() ? 0 : 3 * random.nextFloat())
        .xtc(new XtcOptions(random.nextInt(2), 0.3f * random.nextFloat()))
        .repeatPenalty(random.nextBoolean() ? 1 : 0.5f + random.nextFloat())
        .frequencyPenalty(random.nextBoolean() ? 0 : random.nextFloat())
        .presencePenalty(random.nextBoolean() ? 0 : random.nextFloat() - 0.5f)
        .repeatLastN(random.nextInt(-1, 20))
        .logitBias(random.nextBoolean() ? Map.of() : Map.of(0, -1f, 3, 2f))
        .order(order)
        .seed(random.nextLong())
        .build();
  }

  /** Some flat, some steep, some with equal or impossible tokens. */
  private static float[] logits(Random random) {
    float[] logits = new float[4 + random.nextInt(random.nextInt(10) == 0 ? 700 : 30)];
    double spread = 6 * random.nextDouble();
    boolean hasEqual = random.nextInt(4) == 0;
    for (int i = 0; i < logits.length; i++) {
      double logit = spread * random.nextGaussian();
      logits[i] = (float) (hasEqual ? Math.rint(logit) : logit);
      if (i > 0 && random.nextInt(20) == 0) {
        logits[i] = Float.NEGATIVE_INFINITY;
      }
    }
    return logits;
  }
}
