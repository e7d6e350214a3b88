package dev.mor4j.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HiddenPoolTest {
  /** Two states of length 2 among others. */
  private static final float[] STATES = {9, 9, 3, 0, 1, 8, 9};

  private static HiddenPool pool(Pooling pooling) {
    HiddenPool pool = new HiddenPool(pooling, 2, 2);
    pool.add(STATES, 2);
    pool.add(STATES, 4);
    return pool;
  }

  @Test
  void poolsAsItIsTold() {
    assertThat(pool(Pooling.NONE).vectors(false)).containsExactly(3, 0, 1, 8);
    assertThat(pool(Pooling.MEAN).vectors(false)).containsExactly(2, 4);
    assertThat(pool(Pooling.LAST).vectors(false)).containsExactly(1, 8);
  }

  @Test
  void scalesEachVectorToLengthOne() {
    HiddenPool pool = new HiddenPool(Pooling.NONE, 2, 3);
    pool.add(new float[] {3, -4}, 0);
    pool.add(new float[] {0, 0}, 0);
    pool.add(new float[] {1e30f, 0}, 0);

    assertThat(pool.vectors(true)).containsExactly(0.6f, -0.8f, 0, 0, 1, 0);
  }

  @Test
  void aLongTextLosesNoDigits() {
    int count = 100_000;
    HiddenPool pool = new HiddenPool(Pooling.MEAN, 1, count);
    for (int i = 0; i < count; i++) {
      pool.add(new float[] {0.1f}, 0);
    }

    assertThat(pool.vectors(false)).containsExactly(0.1f);
  }
}
