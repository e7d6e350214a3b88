package dev.mor4j.perplexity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DivergenceTest {
  private static final double TINY = 1e-6;

  @Test
  void measuresFromTheReference() {
    Divergence divergence = new Divergence(3);

    divergence.add(logs(0.5, 0.5), logs(0.25, 0.75), 0);
    divergence.add(logs(0.5, 0.5), logs(0.5, 0.5), 1);

    // 1/2 ln(2) + 1/2 ln(2/3), and 0.
    double first = 0.5 * Math.log(2) + 0.5 * Math.log(2 / 3.0);
    assertThat(divergence.mean()).isCloseTo(first / 2, within(TINY));
    assertThat(divergence.meanError()).isCloseTo(first / 2, within(TINY));
    assertThat(divergence.quantile(0)).isZero();
    assertThat(divergence.quantile(1)).isCloseTo(first, within(TINY));
    // Of equal ones the lowest id counts: 0 and 1, then 0 and 0.
    assertThat(divergence.topAgreement()).isEqualTo(0.5);
    // A quarter less for the right token, then no change.
    assertThat(divergence.rmsChange()).isCloseTo(Math.sqrt(0.0625 / 2), within(TINY));
    assertThat(divergence.reference().perplexity()).isCloseTo(2, within(TINY));
    assertThat(divergence.perplexityRatio()).isCloseTo(Math.sqrt(2), within(TINY));
  }

  @Test
  void leavesOutWhatTheReferenceHoldsImpossible() {
    Divergence divergence = new Divergence(3);

    divergence.add(logs(1, 0), logs(0.5, 0.5), 0);

    assertThat(divergence.mean()).isCloseTo(Math.log(2), within(TINY));
  }

  @Test
  void countsDecisionsThatDiffer() {
    Divergence divergence = new Divergence(3);

    divergence.addDepths(new int[] {1, 3, 2, 0}, new int[] {3, 2, 2, 0});

    // Two steps more and one less, of four tokens in three steps.
    assertThat(divergence.tokenSteps()).isEqualTo(12);
    assertThat(divergence.flipRate()).isEqualTo(0.25);
    assertThat(divergence.referenceDepths().counts()).containsExactly(1L, 1L, 1L, 1L);
  }

  private static float[] logs(double... probabilities) {
    float[] logs = new float[probabilities.length];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = (float) Math.log(probabilities[i]);
    }
    return logs;
  }
}
