package dev.mor4j.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MachineLoadTest {

  private static MachineLoad load(double othersShare, double seconds) {
    return new MachineLoad(1, 1, othersShare, seconds, 2);
  }

  @Test
  void isNoisyIfOthersUseMoreThanTheLimit() {
    assertThat(load(0.04, 10).isNoisy(0.05)).isFalse();
    assertThat(load(0.06, 10).isNoisy(0.05)).isTrue();
    assertThat(load(0, 10).isNoisy(0)).isFalse();
  }

  @Test
  void isNoisyIfNobodyCanTell() {
    assertThat(load(Double.NaN, 10).isNoisy(1)).isTrue();
  }

  @Test
  void allowsForTheCoarseClockOfShortRuns() {
    assertThat(load(0.2, 0.1).isNoisy(0.05)).isFalse();
    assertThat(load(0.2, 1).isNoisy(0.05)).isTrue();
  }

  @Test
  void countsEverythingButIdleAndWaitingAsBusy() throws IOException {
    // user nice system idle iowait irq softirq steal guest guest_nice; guests are in user already
    CpuTimes times = CpuTimes.parse("cpu  100 20 30 1000 5 6 7 8 50 9");

    assertThat(times).isEqualTo(new CpuTimes(171, 1176));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "cpu 1 2", "cpu0 1 2 3 4 5 6", "cpu 1 2 3 4 five 6"})
  void refusesOtherLines(String line) {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> CpuTimes.parse(line))
        .withMessageContaining("/proc/stat: expected");
  }
}
