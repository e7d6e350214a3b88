package dev.mor4j.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LogitDigestTest {
  private static final float NONE = Float.NEGATIVE_INFINITY;

  @Test
  void joinsPieces() {
    LogitDigest digest = LogitDigest.of(new float[] {2, 7, 1.5f, 3, 1030, 2, NONE, 2048, 0}).get();

    assertThat(digest.greatest()).isEqualTo(3);
    assertThat(digest.likeliest()).isEqualTo(1030);
    assertThat(digest.logSumExp())
        .isCloseTo(Math.log(1.5 * Math.exp(2) + 2 * Math.exp(3)), within(1e-12));
  }

  @Test
  void takesTheLowestOfEquallyLikelyTokens() {
    LogitDigest digest = LogitDigest.of(new float[] {1, 9, 1, 5, 1500, 1, 5, 2100, 3}).get();

    assertThat(digest.likeliest()).isEqualTo(1500);
  }

  @Test
  void isNotToBeHadOfWhatMakesNoDistribution() {
    assertThat(LogitDigest.of(new float[] {NONE, 0, 0, NONE, 1024, 0})).isEmpty();
    assertThat(LogitDigest.of(new float[] {1, 0, 2, 5, 1024, Float.NaN})).isEmpty();
    assertThat(LogitDigest.of(new float[] {Float.NaN, 0, Float.NaN, 1, 1024, 1})).isEmpty();
    assertThat(LogitDigest.of(new float[] {Float.POSITIVE_INFINITY, 0, Float.NaN, 1, 1024, 1}))
        .isEmpty();
  }
}
