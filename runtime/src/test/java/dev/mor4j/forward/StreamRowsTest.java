package dev.mor4j.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.batch.BatchLimits;
import org.junit.jupiter.api.Test;

class StreamRowsTest {
  private final StreamRows rows = new StreamRows(4);

  @Test
  void allocatesTheLowestRowsOfANewStream() {
    assertThat(rows.allocate(2)).containsExactly(0, 1);
    assertThat(rows.allocate(2)).containsExactly(2, 3);
  }

  @Test
  void reusesReleasedRows() {
    int[] first = rows.allocate(2);
    rows.allocate(2);

    rows.release(first);

    assertThat(rows.allocate(2)).containsExactlyInAnyOrder(0, 1);
  }

  @Test
  void neverAllocatesTheRowForPadding() {
    assertThat(rows.paddingRow()).isEqualTo(4);
    assertThat(rows.rowCount()).isEqualTo(5);
    assertThat(rows.allocate(4)).doesNotContain(4);
  }

  @Test
  void refusesToAllocateMoreThanIsFree() {
    rows.allocate(3);

    assertThatThrownBy(() -> rows.allocate(2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("residual stream: expected 2 free rows, found 1");
    assertThat(rows.allocate(1)).containsExactly(3);
  }

  @Test
  void holdsPromptRowsForEveryRunAndOneRowForEachSequence() {
    assertThat(StreamRows.of(new BatchLimits(5, 10, 10), 3).paddingRow()).isEqualTo(35);
  }
}
