package dev.mor4j.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class KvSlotsTest {
  private final KvSlots slots = new KvSlots(8);

  private static CacheRows rows(int step, int sequence, int... positions) {
    int[] sequences = new int[positions.length];
    java.util.Arrays.fill(sequences, sequence);
    return new CacheRows(sequences, positions, step);
  }

  private void take(CacheRows rows) {
    slots.commit(rows, slots.plan(rows.count()).orElseThrow());
  }

  private String visible(CacheRows row, int width) {
    short[] mask = new short[width * row.count()];
    slots.fillMask(row, width, mask);
    StringBuilder seen = new StringBuilder();
    for (short bits : mask) {
      seen.append(bits == 0 ? 'x' : '.');
    }
    return seen.toString();
  }

  @Test
  void changesNothingWhenItOnlyPlans() {
    assertThat(slots.plan(3)).hasValue(new int[] {0, 1, 2});
    assertThat(slots.plan(3)).hasValue(new int[] {0, 1, 2});
    assertThat(slots.used()).isZero();
  }

  @Test
  void offersTheLowestFreeSlotsAndNoneBeyondTheLast() {
    take(rows(0, 1, 0, 1, 2));
    take(rows(0, 2, 0, 1, 2));
    slots.release(1);

    assertThat(slots.plan(5)).hasValue(new int[] {0, 1, 2, 6, 7});
    assertThat(slots.plan(6)).isEmpty();
    assertThat(slots.window()).isEqualTo(6);
  }

  @Test
  void shrinksItsWindowWhenTheLastSequenceLeaves() {
    take(rows(0, 1, 0, 1));
    take(rows(0, 2, 0));

    slots.release(2);
    slots.release(1);

    assertThat(slots.window()).isZero();
    assertThat(slots.used()).isZero();
  }

  @Test
  void refusesToCommitAPlanTwice() {
    int[] plan = slots.plan(1).orElseThrow();
    slots.commit(rows(0, 1, 0), plan);

    assertThatThrownBy(() -> slots.commit(rows(0, 1, 1), plan))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void showsARowItsOwnSequenceUpToItsPosition() {
    take(rows(0, 1, 0, 1));
    take(rows(0, 2, 0));
    take(rows(0, 1, 2));

    assertThat(visible(rows(0, 1, 1, 2), 6)).isEqualTo("xx...." + "xx.x..");
    assertThat(visible(rows(0, 2, 0), 6)).isEqualTo("..x...");
  }

  @Test
  void showsDeeperStepsWhatStepZeroStored() {
    take(rows(0, 1, 0, 1, 2));

    assertThat(visible(rows(2, 1, 1), 4)).isEqualTo("xx..");
  }

  @Test
  void replacesEntriesOfStepZeroAtThatStepOnly() {
    take(rows(0, 1, 0, 1, 2)); // slots 0 1 2
    take(rows(1, 1, 0, 2)); // slots 3 4 replace positions 0 and 2 at step 1

    assertThat(visible(rows(1, 1, 2), 6)).isEqualTo(".x.xx.");
    assertThat(visible(rows(2, 1, 2), 6)).isEqualTo("xxx...");
    assertThat(visible(rows(0, 1, 2), 6)).isEqualTo("xxx...");
  }
}
