package dev.mor4j.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class InterruptionTest {
  private final AtomicInteger cancelled = new AtomicInteger();

  @Test
  void theFirstSignalCancelsAnAnswerAndTheSecondEndsTheProcess() {
    try (Interruption interruption = new Interruption()) {
      interruption.watch(cancelled::incrementAndGet);

      assertThat(interruption.cancelRunning()).isTrue();
      assertThat(interruption.cancelRunning()).isFalse();
      assertThat(cancelled).hasValue(1);
      assertThat(interruption.isSignalled()).isFalse();
    }
  }

  @Test
  void eachAnswerIsCancelledByItself() {
    try (Interruption interruption = new Interruption()) {
      interruption.watch(cancelled::incrementAndGet);
      interruption.cancelRunning();
      interruption.watch(cancelled::incrementAndGet);

      assertThat(interruption.cancelRunning()).isTrue();
      assertThat(cancelled).hasValue(2);
    }
  }

  @Test
  void aSignalWhileNothingRunsEndsTheProcess() {
    try (Interruption interruption = new Interruption()) {
      assertThat(interruption.cancelRunning()).isFalse();
      interruption.watch(cancelled::incrementAndGet);
      interruption.rest();

      assertThat(interruption.cancelRunning()).isFalse();
      assertThat(cancelled).hasValue(0);
    }
  }
}
