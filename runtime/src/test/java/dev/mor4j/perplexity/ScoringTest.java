package dev.mor4j.perplexity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ScoringTest {
  private static final int[] TOKENS = {0, 11, 12, 13, 14, 15, 16, 17, 18};
  private static final OptionalInt BOS = OptionalInt.of(0);

  @Test
  void scoresEveryPositionAgainstTheNextToken() {
    List<ScoredWindow> windows = Scoring.ALL.windows(TOKENS, 4, BOS);

    assertThat(windows).hasSize(2);
    assertThat(windows.get(0).firstScored()).isZero();
    assertThat(windows.get(0).inputs()).containsExactly(0, 11, 12, 13);
    assertThat(windows.get(0).targets()).containsExactly(11, 12, 13, 14);
    assertThat(windows.get(1).inputs()).containsExactly(14, 15, 16, 17);
    assertThat(windows.get(1).targets()).containsExactly(15, 16, 17, 18);
  }

  @Test
  void leavesOutTokensThatDoNotFillAWindow() {
    // The last window's last target would be missing.
    assertThat(Scoring.ALL.windows(new int[8], 4, BOS)).hasSize(1);
    assertThat(Scoring.HALF.windows(new int[8], 4, BOS)).hasSize(2);
    assertThat(Scoring.HALF.windows(new int[7], 4, BOS)).hasSize(1);
    assertThat(Scoring.ALL.windows(new int[4], 4, BOS)).isEmpty();
  }

  @Test
  void scoresTheSecondHalvesOfWindowsThatStartWithBos() {
    List<ScoredWindow> windows = Scoring.HALF.windows(TOKENS, 4, BOS);

    assertThat(windows).hasSize(2);
    assertThat(windows.get(1).inputs()).containsExactly(0, 15, 16, 17);
    assertThat(windows.get(1).firstScored()).isEqualTo(2);
    assertThat(windows.get(1).targets()).containsExactly(17);
  }

  @Test
  void keepsTheFirstTokenIfTheModelHasNoBos() {
    List<ScoredWindow> windows = Scoring.HALF.windows(TOKENS, 4, OptionalInt.empty());

    assertThat(windows.get(1).inputs()).containsExactly(14, 15, 16, 17);
  }
}
