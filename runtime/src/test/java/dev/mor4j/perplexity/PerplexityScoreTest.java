package dev.mor4j.perplexity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PerplexityScoreTest {
  private static final double TINY = 1e-12;

  @Test
  void isTheInverseOfTheGeometricMean() {
    PerplexityScore score = new PerplexityScore();

    score.add(Math.log(0.5));
    score.add(Math.log(0.125));

    // The geometric mean of a half and an eighth is a quarter.
    assertThat(score.tokenCount()).isEqualTo(2);
    assertThat(score.crossEntropy()).isCloseTo(Math.log(4), within(TINY));
    assertThat(score.perplexity()).isCloseTo(4, within(TINY));
    // Entropies ln 2 and ln 8: deviation ln 2, divided by the root of n - 1 = 1.
    assertThat(score.perplexityError()).isCloseTo(4 * Math.log(2), within(TINY));
  }

  @Test
  void knowsNoErrorOfOneToken() {
    PerplexityScore score = new PerplexityScore();

    score.add(-1);

    assertThat(score.perplexity()).isCloseTo(Math.E, within(TINY));
    assertThat(score.perplexityError()).isNaN();
    assertThat(new PerplexityScore().perplexity()).isNaN();
  }

  @Test
  void countsDepths() {
    DepthHistogram depths = new DepthHistogram(3);

    depths.add(1, 3, 3);
    depths.add(2);

    assertThat(depths.counts()).containsExactly(0L, 1L, 1L, 2L);
    assertThat(depths.share(3)).isEqualTo(0.5);
    assertThat(depths.mean()).isEqualTo(9 / 4.0);
  }
}
