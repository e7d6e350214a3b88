package dev.mor4j.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.TestConfigs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class KvSlotsTest {
  private static final int BLOCK = 1;

  private final KvLayout perStep = KvLayout.of(TestConfigs.expertChoice(KvPolicy.PER_STEP));
  private final KvLayout updated = KvLayout.of(TestConfigs.expertChoice(KvPolicy.SHARED_UPDATE));
  private final KvLayout shared = KvLayout.of(TestConfigs.expertChoice(KvPolicy.SHARED));

  private static KvSlots slots(KvLayout layout) {
    return new KvSlots(layout, new KvCapacity(8, 8));
  }

  private static KvRows rows(KvLease lease, int step, int... positions) {
    return new KvRows().add(lease, step, 0, positions);
  }

  private static void take(KvSlots slots, KvRows rows) {
    slots.commit(BLOCK, rows, plan(slots, rows.count()));
  }

  private static int[] plan(KvSlots slots, int count) {
    int[] plan = new int[count];
    assertThat(slots.plan(BLOCK, count, plan)).isTrue();
    return plan;
  }

  /** Slots that attention reads for each row. */
  private static List<List<Integer>> visible(KvSlots slots, KvRows rows) {
    VisibleSlots visible = new VisibleSlots();
    slots.findVisible(BLOCK, rows, visible);
    int[] all = visible.slots(visible.slotCount());
    int[] ranges = visible.ranges(visible.rowCount());
    List<List<Integer>> lists = new ArrayList<>();
    for (int row = 0; row < visible.rowCount(); row++) {
      int start = ranges[2 * row];
      lists.add(Arrays.stream(all, start, start + ranges[2 * row + 1]).boxed().toList());
    }
    return lists;
  }

  @Test
  void planningChangesNothing() {
    KvSlots slots = slots(perStep);

    assertThat(plan(slots, 3)).containsExactly(0, 1, 2);
    assertThat(plan(slots, 3)).containsExactly(0, 1, 2);
    assertThat(slots.used(BLOCK)).isZero();
  }

  @Test
  void recordsThePeakOfEachStep() {
    KvSlots slots = slots(perStep);
    KvLease first = slots.lease();
    take(slots, rows(first, 0, 0, 1, 2));
    take(slots, rows(first, 1, 1));
    first.close();
    KvLease second = slots.lease();
    take(slots, rows(second, 0, 0, 1));
    take(slots, rows(second, 1, 0, 1));
    KvLease third = slots.lease();
    third.sharePrefix(second, 2);

    assertThat(slots.mostUsed(BLOCK, 0)).isEqualTo(3);
    assertThat(slots.mostUsed(BLOCK, 1)).isEqualTo(2);
    assertThat(slots.mostUsed(BLOCK, 2)).isZero();
  }

  @Test
  void plansTheLowestFreeSlotsIfThereAreEnough() {
    KvSlots slots = slots(perStep);
    KvLease first = slots.lease();
    take(slots, rows(first, 0, 0, 1, 2));
    take(slots, rows(slots.lease(), 0, 0, 1, 2));
    first.close();

    assertThat(plan(slots, 5)).containsExactly(0, 1, 2, 6, 7);
    assertThat(slots.plan(BLOCK, 6, new int[6])).isFalse();
    assertThat(slots.free(BLOCK)).isEqualTo(5);
  }

  @Test
  void refusesToCommitAPlanTwice() {
    KvSlots slots = slots(perStep);
    KvLease lease = slots.lease();
    int[] plan = plan(slots, 1);
    slots.commit(BLOCK, rows(lease, 0, 0), plan);

    assertThatThrownBy(() -> slots.commit(BLOCK, rows(lease, 0, 1), plan))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aRowReadsItsOwnSequenceUpToItsPosition() {
    KvSlots slots = slots(perStep);
    KvLease first = slots.lease();
    KvLease second = slots.lease();
    take(slots, rows(first, 0, 0, 1));
    take(slots, rows(second, 0, 0));
    take(slots, rows(first, 0, 2));

    assertThat(visible(slots, rows(first, 0, 1, 2)))
        .containsExactly(List.of(0, 1), List.of(0, 1, 3));
    assertThat(visible(slots, rows(second, 0, 0))).containsExactly(List.of(2));
  }

  @Test
  void aStepReadsOnlyTheTokensThatTookIt() {
    KvSlots slots = slots(perStep);
    KvLease lease = slots.lease();
    take(slots, rows(lease, 0, 0, 1, 2));
    take(slots, rows(lease, 1, 0, 2));

    assertThat(visible(slots, rows(lease, 1, 2))).containsExactly(List.of(3, 4));
    assertThat(lease.held()).containsEntry("step 0", 3).containsEntry("step 1", 2);
  }

  @Test
  void deeperStepsReadWhatStepZeroStored() {
    KvSlots slots = slots(shared);
    KvLease lease = slots.lease();
    take(slots, rows(lease, 0, 0, 1, 2));

    assertThat(visible(slots, rows(lease, 0, 1))).containsExactly(List.of(0, 1));
  }

  @Test
  void replacesSlotsOfStepZeroAtThatStepOnly() {
    KvSlots slots = slots(updated);
    KvLease lease = slots.lease();
    take(slots, rows(lease, 0, 0, 1, 2)); // slots 0 1 2
    take(slots, rows(lease, 1, 0, 2)); // slots 3 4 stand for positions 0 and 2 at step 1

    assertThat(visible(slots, rows(lease, 1, 2))).containsExactly(List.of(3, 1, 4));
    assertThat(visible(slots, rows(lease, 2, 2))).containsExactly(List.of(0, 1, 2));
    assertThat(visible(slots, rows(lease, 0, 2))).containsExactly(List.of(0, 1, 2));
  }

  @Test
  void sharesAPrefixUntilTheLastHolderCloses() {
    KvSlots slots = slots(perStep);
    KvLease first = slots.lease();
    take(slots, rows(first, 0, 0, 1, 2));
    take(slots, rows(first, 1, 1));
    KvLease second = slots.lease();

    second.sharePrefix(first, 2);
    take(slots, rows(second, 0, 2));
    first.close();

    assertThat(visible(slots, rows(second, 0, 2))).containsExactly(List.of(0, 1, 4));
    assertThat(visible(slots, rows(second, 1, 2))).containsExactly(List.of(3));
    assertThat(slots.used(BLOCK)).isEqualTo(4);
    second.close();
    assertThat(slots.used(BLOCK)).isZero();
  }

  @Test
  void releasesOnceHoweverOftenItIsClosed() {
    KvSlots slots = slots(perStep);
    KvLease lease = slots.lease();
    take(slots, rows(lease, 0, 0));

    lease.close();
    lease.close();

    assertThat(slots.free(BLOCK)).isEqualTo(8);
    assertThatThrownBy(() -> visible(slots, rows(lease, 0, 0)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesPositionsOutOfOrder() {
    KvSlots slots = slots(perStep);
    KvLease lease = slots.lease();
    take(slots, rows(lease, 0, 1));

    assertThatThrownBy(() -> take(slots, rows(lease, 0, 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("position 1");
  }

  private List<Integer> freeSlots(KvSlots slots) {
    return Arrays.stream(plan(slots, slots.free(BLOCK))).boxed().toList();
  }

  @Test
  void trimsTheSlotsOfLaterPositionsAtEveryStep() {
    KvSlots slots = slots(perStep);
    KvLease lease = slots.lease();
    take(slots, rows(lease, 0, 0, 1, 2)); // slots 0 1 2
    take(slots, rows(lease, 1, 0, 2)); // slots 3 4
    take(slots, rows(lease, 2, 2)); // slot 5

    lease.trim(2);

    assertThat(visible(slots, rows(lease, 0, 9))).containsExactly(List.of(0, 1));
    assertThat(visible(slots, rows(lease, 1, 9))).containsExactly(List.of(3));
    assertThat(visible(slots, rows(lease, 2, 9))).containsExactly(List.of());
    assertThat(freeSlots(slots)).containsExactly(2, 4, 5, 6, 7);
    assertThat(lease.held()).containsEntry("step 0", 2).containsEntry("step 1", 1);
  }

  @Test
  void trimsSharedKeysAndValuesOfStepZero() {
    KvSlots slots = slots(shared);
    KvLease lease = slots.lease();
    take(slots, rows(lease, 0, 0, 1, 2));

    lease.trim(1);

    assertThat(visible(slots, rows(lease, 0, 9))).containsExactly(List.of(0));
    assertThat(freeSlots(slots)).containsExactly(1, 2, 3, 4, 5, 6, 7);
  }

  @Test
  void trimsReplacedSlotsTogetherWithThoseOfStepZero() {
    KvSlots slots = slots(updated);
    KvLease lease = slots.lease();
    take(slots, rows(lease, 0, 0, 1, 2)); // slots 0 1 2
    take(slots, rows(lease, 1, 0, 2)); // slots 3 4

    lease.trim(2);

    assertThat(visible(slots, rows(lease, 0, 9))).containsExactly(List.of(0, 1));
    assertThat(visible(slots, rows(lease, 1, 9))).containsExactly(List.of(3, 1));
    assertThat(visible(slots, rows(lease, 2, 9))).containsExactly(List.of(0, 1));
    assertThat(freeSlots(slots)).containsExactly(2, 4, 5, 6, 7);
  }

  @Test
  void trimsOneStepAlone() {
    KvSlots slots = slots(perStep);
    KvLease lease = slots.lease();
    take(slots, rows(lease, 0, 0, 1, 2)); // slots 0 1 2
    take(slots, rows(lease, 1, 0, 2)); // slots 3 4

    lease.trim(BLOCK, 1, 1);

    assertThat(visible(slots, rows(lease, 0, 9))).containsExactly(List.of(0, 1, 2));
    assertThat(visible(slots, rows(lease, 1, 9))).containsExactly(List.of(3));
    assertThat(freeSlots(slots)).containsExactly(4, 5, 6, 7);
  }

  @Test
  void aTrimmedStepFallsBackToStepZeroAgain() {
    KvSlots slots = slots(updated);
    KvLease lease = slots.lease();
    take(slots, rows(lease, 0, 0, 1, 2)); // slots 0 1 2
    take(slots, rows(lease, 1, 0, 2)); // slots 3 4

    lease.trim(BLOCK, 1, 1);

    assertThat(visible(slots, rows(lease, 1, 9))).containsExactly(List.of(3, 1, 2));
    assertThat(freeSlots(slots)).containsExactly(4, 5, 6, 7);
    take(slots, rows(lease, 1, 1)); // slot 4
    assertThat(visible(slots, rows(lease, 1, 9))).containsExactly(List.of(3, 4, 2));
  }

  @Test
  void refusesToTrimStepZeroBelowAStepThatFallsBackToIt() {
    KvSlots slots = slots(updated);
    KvLease lease = slots.lease();
    take(slots, rows(lease, 0, 0, 1, 2));
    take(slots, rows(lease, 1, 2));

    assertThatThrownBy(() -> lease.trim(BLOCK, 0, 2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("step 1");
    assertThat(visible(slots, rows(lease, 1, 9))).containsExactly(List.of(0, 1, 3));
    assertThat(slots.used(BLOCK)).isEqualTo(4);
  }

  @Test
  void trimsSharedSlotsOfOneHolderOnly() {
    KvSlots slots = slots(updated);
    KvLease first = slots.lease();
    take(slots, rows(first, 0, 0, 1, 2)); // slots 0 1 2
    take(slots, rows(first, 1, 1)); // slot 3
    KvLease second = slots.lease();
    second.sharePrefix(first, 3);

    second.trim(1);

    assertThat(visible(slots, rows(first, 1, 9))).containsExactly(List.of(0, 3, 2));
    assertThat(visible(slots, rows(second, 1, 9))).containsExactly(List.of(0));
    assertThat(slots.used(BLOCK)).isEqualTo(4);
    first.close();
    assertThat(slots.used(BLOCK)).isEqualTo(1);
    second.close();
    assertThat(slots.used(BLOCK)).isZero();
  }

  @Test
  void writesNewSlotsAfterATrim() {
    KvSlots slots = slots(perStep);
    KvLease first = slots.lease();
    take(slots, rows(first, 0, 0, 1));
    KvLease second = slots.lease();
    second.sharePrefix(first, 2);

    second.trim(1);
    take(slots, rows(second, 0, 1)); // slot 2, as the first sequence still holds slot 1

    assertThat(visible(slots, rows(first, 0, 9))).containsExactly(List.of(0, 1));
    assertThat(visible(slots, rows(second, 0, 9))).containsExactly(List.of(0, 2));
  }

  @Test
  void trimsNothingBeyondTheLastPosition() {
    KvSlots slots = slots(perStep);
    KvLease lease = slots.lease();
    take(slots, rows(lease, 0, 0, 1));

    lease.trim(2);
    lease.trim(7);

    assertThat(slots.used(BLOCK)).isEqualTo(2);
    assertThatThrownBy(() -> lease.trim(-1)).isInstanceOf(IllegalArgumentException.class);
    lease.trim(0);
    assertThat(slots.used(BLOCK)).isZero();
  }
}
