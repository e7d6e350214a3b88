package dev.mor4j.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RowGroupsTest {
  @Test
  void fillsASmallGroupThatLacksOneRow() {
    RowPadding groups = new RowGroups();

    assertThat(IntStream.rangeClosed(1, 12).map(groups::padded))
        .containsExactly(1, 2, 4, 4, 5, 6, 8, 8, 9, 10, 11, 12);
  }
}
