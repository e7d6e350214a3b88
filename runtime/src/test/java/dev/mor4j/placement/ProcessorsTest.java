package dev.mor4j.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessorsTest {
  private @TempDir Path root;

  private void file(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text + "\n");
  }

  /** Declares cores with one or two processors each, numbered from {@code first}. */
  private void cores(int first, int count, int siblings) throws IOException {
    for (int core = 0; core < count; core++) {
      int low = first + core * siblings;
      String list = siblings == 1 ? "" + low : low + "-" + (low + siblings - 1);
      for (int cpu = low; cpu < low + siblings; cpu++) {
        file("sys/devices/system/cpu/cpu%d/topology/thread_siblings_list".formatted(cpu), list);
      }
    }
  }

  private void speeds(String file, int first, int count, int speed) throws IOException {
    for (int cpu = first; cpu < first + count; cpu++) {
      file("sys/devices/system/cpu/cpu%d/%s".formatted(cpu, file), "" + speed);
    }
  }

  private void machine(String online, String allowed) throws IOException {
    file("sys/devices/system/cpu/online", online);
    file("proc/self/status", "Name:\tjava\nCpus_allowed:\tff\nCpus_allowed_list:\t" + allowed);
  }

  private void node(int node, String cpus) throws IOException {
    file("sys/devices/system/node/node%d/cpulist".formatted(node), cpus);
  }

  /** Six performance cores of two processors each, eight efficiency cores. */
  private void hybrid(String allowed) throws IOException {
    machine("0-19", allowed);
    cores(0, 6, 2);
    cores(12, 8, 1);
    speeds("cpufreq/cpuinfo_max_freq", 0, 12, 5_000_000);
    speeds("cpufreq/cpuinfo_max_freq", 12, 8, 3_800_000);
    file("sys/devices/cpu_core/cpus", "0-11");
    file("sys/devices/cpu_atom/cpus", "12-19");
  }

  @Test
  void countsPerformanceCoresOfAHybrid() throws IOException {
    hybrid("0-19");

    Processors found = Processors.of(root, 20);

    assertThat(found).isEqualTo(new Processors(20, 14, 6, 1));
    assertThat(found.threads()).isEqualTo(6);
    assertThat(found).hasToString("6 of 14 cores fast, 20 processors, 1 NUMA node");
  }

  @ParameterizedTest
  @CsvSource({
    "0-11, 12, 6", // performance cores alone
    "12-19, 8, 8", // efficiency cores alone are all equally fast
    "0-3 12-13, 6, 2", // two performance cores, two others
    "0 12, 2, 1", // the efficiency core would only slow the other down
    "0-1, 2, 2", // one core's two siblings
    "5, 1, 1"
  })
  void countsOnlyProcessorsThatAffinityAllows(String allowed, int count, int threads)
      throws IOException {
    hybrid(allowed.replace(' ', ','));

    assertThat(Processors.of(root, count).threads()).isEqualTo(threads);
  }

  @Test
  void countsACoreWithTwoThreadsOnce() throws IOException {
    machine("0-15", "0-15");
    cores(0, 8, 2);

    Processors found = Processors.of(root, 16);

    assertThat(found.threads()).isEqualTo(8);
    assertThat(found).hasToString("8 cores, 16 processors, 1 NUMA node");
  }

  @Test
  void countsBothSocketsAndOnlyUsedNodes() throws IOException {
    machine("0-31", "0-31");
    cores(0, 32, 1);
    file("sys/devices/system/node/online", "0-1");
    node(0, "0-15");
    node(1, "16-31");

    assertThat(Processors.of(root, 32)).isEqualTo(new Processors(32, 32, 32, 2));

    machine("0-31", "16-31");

    assertThat(Processors.of(root, 16)).isEqualTo(new Processors(16, 16, 16, 1));
  }

  @Test
  void usesNoMoreThreadsThanTheContainerQuota() throws IOException {
    machine("0-63", "0-63");
    cores(0, 32, 2);

    assertThat(Processors.of(root, 2).threads()).isEqualTo(2);
    assertThat(Processors.of(root, 5).threads()).isEqualTo(5);
  }

  @Test
  void usesBothProcessorsOfTheSmallestVirtualMachine() throws IOException {
    machine("0-1", "0-1");
    cores(0, 1, 2);

    assertThat(Processors.of(root, 2).threads()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({
    "cpu_capacity, 1024, 870, 4",
    "cpu_capacity, 1024, 682, 1",
    "cpufreq/cpuinfo_max_freq, 3000000, 2000000, 4"
  })
  void countsCoresOfAtLeastTwoThirdsOfTheFastest(String file, int best, int other, int threads)
      throws IOException {
    machine("0-7", "0-7");
    cores(0, 8, 1);
    speeds(file, 0, 4, best / 4);
    speeds(file, 4, 3, other);
    speeds(file, 7, 1, best);

    assertThat(Processors.of(root, 8).threads()).isEqualTo(threads);
  }

  @Test
  void countsEachProcessorAsACoreWithoutKernelFiles() {
    assertThat(Processors.of(root, 12)).isEqualTo(new Processors(12, 12, 12, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "many", "0-", "3-1", "0-99999", "-1", "1,,2", "123456"})
  void countsEachProcessorAsACoreIfTheListIsMalformed(String online) throws IOException {
    machine(online, "all");

    assertThat(Processors.of(root, 4)).isEqualTo(new Processors(4, 4, 4, 1));
  }

  @Test
  void usesFewerThreadsForSmallModels() {
    Processors eight = new Processors(16, 8, 8, 1);

    assertThat(eight.threadsFor(5L << 20)).isEqualTo(1);
    assertThat(eight.threadsFor(64L << 20)).isEqualTo(4);
    assertThat(eight.threadsFor(1L << 40)).isEqualTo(8);
  }
}
