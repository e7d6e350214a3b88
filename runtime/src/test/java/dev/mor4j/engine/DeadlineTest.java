package dev.mor4j.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DeadlineTest {
  @Test
  void isOverWhenMoreTimeHasPassed() {
    Deadline deadline = Deadline.in(Optional.of(Duration.ofMillis(3)));

    assertThat(deadline.isOver(deadline.start() + 3_000_000)).isFalse();
    assertThat(deadline.isOver(deadline.start() + 3_000_001)).isTrue();
  }

  @Test
  void countsOnWhereNanoTimeBeginsAnew() {
    Deadline deadline = new Deadline(Long.MAX_VALUE - 1, 10);

    assertThat(deadline.isOver(Long.MIN_VALUE + 3)).isFalse();
    assertThat(deadline.isOver(Long.MIN_VALUE + 20)).isTrue();
  }

  @Test
  void neverComesIfNotSaidOrLongerThanTimeCanBeCounted() {
    long late = Long.MAX_VALUE / 2;

    assertThat(Deadline.in(Optional.empty()).isOver(late)).isFalse();
    assertThat(Deadline.in(Optional.of(Duration.ofDays(365 * 1000L))).isOver(late)).isFalse();
  }
}
