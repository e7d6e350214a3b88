package dev.mor4j.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SplitMix64Test {

  /** Numbers that are published for this seed, as unsigned ones. */
  @Test
  void givesThePublishedNumbers() {
    SplitMix64 random = new SplitMix64(1234567);

    assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("6457827717110365317");
    assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("3203168211198807973");
    assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("9817491932198370423");
    assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("4593380528125082431");
    assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("16408922859458223821");
  }

  @Test
  void agreesWithTheSplittableRandomOfThisJdk() {
    SplitMix64 ours = new SplitMix64(-7);
    SplittableRandom theirs = new SplittableRandom(-7);

    for (int i = 0; i < 1000; i++) {
      assertThat(ours.nextDouble()).isEqualTo(theirs.nextDouble());
    }
  }
}
