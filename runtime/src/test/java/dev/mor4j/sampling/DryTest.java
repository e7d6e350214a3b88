package dev.mor4j.sampling;

import static dev.mor4j.sampling.CandidatesTest.loaded;
import static dev.mor4j.sampling.SamplingRulesTest.history;
import static dev.mor4j.sampling.SamplingRulesTest.logits;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DryTest {

  @Test
  void penalizesWhatContinuesARepetition() {
    // "0 1" came before and 2 followed: length 2 is allowed, so 3 * 2^0.
    assertThat(penalties(3, 2, 2, history(0, 1, 2, 0, 1))).containsExactly(0f, 0f, 3f, 0f, 0f);
  }

  @Test
  void penaltyGrowsWithEachTokenThatRepeats() {
    // "0 1 2 3" came before and 4 followed: 3 * 2^(4 - 2).
    assertThat(penalties(3, 2, 2, history(0, 1, 2, 3, 4, 0, 1, 2, 3)))
        .containsExactly(0f, 0f, 0f, 0f, 12f);
  }

  @Test
  void longestOfSeveralRepetitionsCounts() {
    // 2 followed "3 0 1", which is 2^(3 - 2), and later "0 1".
    assertThat(penalties(1, 2, 2, history(3, 0, 1, 2, 4, 0, 1, 2, 3, 0, 1)))
        .containsExactly(0f, 0f, 2f, 0f, 0f);
  }

  @Test
  void shortRepetitionsAreFree() {
    assertThat(penalties(3, 2, 3, history(0, 1, 2, 0, 1))).containsOnly(0f);
  }

  @Test
  void looksNoFurtherBackThanAsked() {
    TokenHistory history = history(0, 1, 2, 3, 0, 1);

    assertThat(penalties(new DryOptions(1, 2, 2, 6, List.of()), SequenceBreakers.NONE, history))
        .containsExactly(0f, 0f, 1f, 0f, 0f);
    assertThat(penalties(new DryOptions(1, 2, 2, 5, List.of()), SequenceBreakers.NONE, history))
        .containsOnly(0f);
    assertThat(penalties(new DryOptions(1, 2, 2, -1, List.of()), SequenceBreakers.NONE, history))
        .containsExactly(0f, 0f, 1f, 0f, 0f);
  }

  @Test
  void repetitionEndsAtABreaker() {
    TokenHistory history = history(0, 3, 1, 2, 4, 0, 3, 1, 2);
    SequenceBreakers breakers = SequenceBreakers.ofTokens(List.of(new int[] {3}));

    // Without the breaker "0 3 1 2" repeats: 2^2; with it "1 2": 2^0.
    assertThat(penalties(options(1, 2, 2), SequenceBreakers.NONE, history))
        .containsExactly(0f, 0f, 0f, 0f, 4f);
    assertThat(penalties(options(1, 2, 2), breakers, history)).containsExactly(0f, 0f, 0f, 0f, 1f);
    assertThat(penalties(options(1, 2, 3), breakers, history)).containsOnly(0f);
  }

  @Test
  void breakerOfSeveralTokensBreaksOnlyAsAWhole() {
    SequenceBreakers breakers = SequenceBreakers.ofTokens(List.of(new int[] {3, 1}));

    // Since "3 1" only "2 0" came; in the other text 3 and 1 are apart.
    assertThat(penalties(options(1, 2, 2), breakers, history(3, 1, 2, 0, 4, 3, 1, 2, 0)))
        .containsExactly(0f, 0f, 0f, 0f, 1f);
    assertThat(penalties(options(1, 2, 2), breakers, history(3, 2, 1, 0, 4, 3, 2, 1, 0)))
        .containsExactly(0f, 0f, 0f, 0f, 4f);
  }

  @Test
  void breakersThemselvesAreNotPenalized() {
    SequenceBreakers breakers = SequenceBreakers.ofTokens(List.of(new int[] {2}));

    assertThat(penalties(options(1, 2, 2), breakers, history(0, 1, 2, 3, 2, 0, 1)))
        .containsOnly(0f);
    assertThat(penalties(options(1, 2, 1), breakers, history(0, 1, 3, 2, 0, 1)))
        .containsExactly(0f, 0f, 0f, 2f, 0f);
  }

  @Test
  void longRepetitionsStayFinite() {
    Candidates candidates = loaded(1, 1);
    TokenHistory history = history(new int[5000]);

    new Dry(new DryOptions(1, 100, 2, -1, List.of()), SequenceBreakers.NONE)
        .apply(candidates, history);

    assertThat(logits(candidates)).containsExactly(-Float.MAX_VALUE, 1f);
  }

  @Test
  void equalsPlainSearchOnRandomTexts() {
    for (long seed = 1; seed <= 500; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int[] tokens = random.ints(random.nextInt(60), 0, 2 + random.nextInt(3)).toArray();
      int allowed = random.nextInt(4);
      int lastN = random.nextInt(-1, 40);
      List<int[]> breakers = new ArrayList<>();
      for (int i = random.nextInt(3); i > 0; i--) {
        breakers.add(random.ints(1 + random.nextInt(3), 0, 5).toArray());
      }
      DryOptions options = new DryOptions(1.5f, 1.25f, allowed, lastN, List.of());

      List<Float> found = penalties(options, SequenceBreakers.ofTokens(breakers), history(tokens));

      List<Float> expected = plainPenalties(options, breakers, tokens);
      for (int token = 0; token < 5; token++) {
        assertThat(found.get(token))
            .as("seed %d, token %d", seed, token)
            .isCloseTo(expected.get(token), within(1e-4f * (1 + expected.get(token))));
      }
    }
  }

  /** Compares every earlier place with the end, token by token. */
  private static List<Float> plainPenalties(
      DryOptions options, List<int[]> breakers, int[] tokens) {
    int start = options.lastN() < 0 ? 0 : Math.max(0, tokens.length - options.lastN());
    Float[] penalties = {0f, 0f, 0f, 0f, 0f};
    int length = tokens.length - start;
    int limit = plainLimit(breakers, tokens, start);
    if (options.lastN() == 0
        || length <= options.allowedLength()
        || limit < options.allowedLength()) {
      return List.of(penalties);
    }
    for (int next = start + 1; next < tokens.length; next++) {
      int same = 0;
      while (same < limit
          && next - 1 - same >= start
          && tokens[next - 1 - same] == tokens[tokens.length - 1 - same]) {
        same++;
      }
      int token = tokens[next];
      if (same >= options.allowedLength()
          && breakers.stream().noneMatch(each -> each.length == 1 && each[0] == token)) {
        double penalty =
            options.multiplier() * Math.pow(options.base(), same - options.allowedLength());
        penalties[token] = Math.max(penalties[token], (float) penalty);
      }
    }
    return List.of(penalties);
  }

  /** The tokens behind the breaker that begins last; the longest of those that begin there. */
  private static int plainLimit(List<int[]> breakers, int[] tokens, int start) {
    for (int at = tokens.length - 1; at >= start; at--) {
      int longest = 0;
      for (int[] breaker : breakers) {
        boolean isThere = at + breaker.length <= tokens.length;
        for (int i = 0; isThere && i < breaker.length; i++) {
          isThere = tokens[at + i] == breaker[i];
        }
        longest = isThere ? Math.max(longest, breaker.length) : longest;
      }
      if (longest > 0) {
        return tokens.length - at - longest;
      }
    }
    return tokens.length - start;
  }

  private static DryOptions options(float multiplier, float base, int allowedLength) {
    return new DryOptions(multiplier, base, allowedLength, 64, List.of());
  }

  private static List<Float> penalties(
      float multiplier, float base, int allowedLength, TokenHistory history) {
    return penalties(options(multiplier, base, allowedLength), SequenceBreakers.NONE, history);
  }

  /** What is taken from each of five logits. */
  private static List<Float> penalties(
      DryOptions options, SequenceBreakers breakers, TokenHistory history) {
    Candidates candidates = loaded(0, 0, 0, 0, 0);
    new Dry(options, breakers).apply(candidates, history);
    return logits(candidates).stream().map(logit -> 0 - logit).toList();
  }
}
