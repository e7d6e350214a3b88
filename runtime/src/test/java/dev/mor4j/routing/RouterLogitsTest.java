package dev.mor4j.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RouterLogitsTest {
  @Test
  void findsTheWantedRowsAmongThoseAsked() {
    RouterLogits logits =
        new RouterLogits(new float[] {9, 9, 1, 2, 3, 9}, new float[] {8, 8, 4, 5, 6, 8});

    RouterLogits found = logits.ofRows(2, new int[] {3, 5, 7}, new int[] {3, 7}, 1);

    assertThat(found.main()).containsExactly(1, 3);
    assertThat(found.auxiliary()).containsExactly(4, 6);
  }

  @Test
  void copiesNothingWhereAllAreWanted() {
    RouterLogits logits = new RouterLogits(new float[] {0, 0, 1, 2, 3, 4, 5, 6}, new float[0]);

    RouterLogits second = logits.ofRows(1, new int[] {0, 4, 5}, new int[] {0, 4, 5}, 2);
    RouterLogits last = second.ofRows(0, new int[] {0, 4, 5}, new int[] {5}, 2);

    assertThat(second.main()).isSameAs(logits.main());
    assertThat(second.start()).isEqualTo(2);
    assertThat(second.ofRows(1, new int[] {4, 5}, new int[] {4, 5}, 2).start()).isEqualTo(4);
    assertThat(last.main()).containsExactly(5, 6);
    assertThat(last.start()).isZero();
  }

  @Test
  void takesAllLogitsOfARow() {
    RouterLogits logits = new RouterLogits(new float[] {0, 0, 1, 2, 3, 4}, new float[0]);

    RouterLogits found = logits.ofRows(1, new int[] {0, 1}, new int[] {1}, 2);

    assertThat(found.main()).containsExactly(3, 4);
    assertThat(found.auxiliary()).isEmpty();
  }

  @Test
  void hasNoneWithoutARouter() {
    assertThat(RouterLogits.NONE.ofRows(0, new int[] {0}, new int[] {0}, 1))
        .isSameAs(RouterLogits.NONE);
  }
}
