package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HostMemoryTest {

  @Test
  void readsTheLineThatLinuxWrites() {
    assertThat(HostMemory.available("MemAvailable:   24104960 kB").boxed())
        .containsExactly(24_104_960L * 1024);
    assertThat(HostMemory.available("MemTotal:       24661100 kB")).isEmpty();
    assertThat(HostMemory.available("MemAvailable: 99999999999999999999 kB")).isEmpty();
  }

  @Test
  void neverPromisesMoreThanThereIs() {
    Device.Properties memory = Device.cpu().properties();

    assertThat(memory.freeBytes()).isPositive().isLessThanOrEqualTo(memory.totalBytes());
  }
}
