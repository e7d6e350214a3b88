package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostMemoryTest {
  private static final long MIB = 1L << 20;

  private @TempDir Path root;

  private void file(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text + "\n");
  }

  /** A machine with 8 GiB available. */
  private void machine() throws IOException {
    file("proc/meminfo", "MemTotal:       16777216 kB\nMemAvailable:    8388608 kB");
  }

  private void unified(String group, String max, long used, long reclaimable) throws IOException {
    file("sys/fs/cgroup/" + group + "/memory.max", max);
    file("sys/fs/cgroup/" + group + "/memory.current", "" + used);
    file(
        "sys/fs/cgroup/" + group + "/memory.stat",
        "anon 5\nfile 6\ninactive_file " + (reclaimable - 7) + "\nactive_file 7");
  }

  private void assertMemory(long available, OptionalLong limit) {
    assertThat(HostMemory.of(root)).isEqualTo(new HostMemory(OptionalLong.of(available), limit));
  }

  @Test
  void isTheMachinesWithoutControlGroups() throws IOException {
    machine();

    assertMemory(8192 * MIB, OptionalLong.empty());
  }

  @Test
  void isUnknownElsewhere() {
    assertThat(HostMemory.of(root))
        .isEqualTo(new HostMemory(OptionalLong.empty(), OptionalLong.empty()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"MemAvailable: 99999999999999999999 kB", "MemTotal: 5 kB", "", "free"})
  void ignoresMalformedLines(String line) throws IOException {
    file("proc/meminfo", line);

    assertThat(HostMemory.of(root).availableBytes()).isEmpty();
  }

  @Test
  void isTheContainersLimitLessWhatItHolds() throws IOException {
    machine();
    file("proc/self/cgroup", "0::/");
    unified("", "" + 512 * MIB, 300 * MIB, 200 * MIB);

    assertMemory(412 * MIB, OptionalLong.of(512 * MIB));
  }

  @Test
  void isTheTightestOfNestedGroups() throws IOException {
    machine();
    file("proc/self/cgroup", "1:name=systemd:/x\n0::/user.slice/app.scope");
    unified("", "max", 4096 * MIB, 7);
    unified("user.slice", "" + 600 * MIB, 500 * MIB, 100 * MIB);
    unified("user.slice/app.scope", "" + 400 * MIB, 50 * MIB, 20 * MIB);

    assertMemory(200 * MIB, OptionalLong.of(400 * MIB));
  }

  @Test
  void isTheMachinesWithinAWiderLimit() throws IOException {
    machine();
    file("proc/self/cgroup", "0::/");
    unified("", "" + 16_384 * MIB, 100 * MIB, 50 * MIB);

    assertMemory(8192 * MIB, OptionalLong.of(16_384 * MIB));
  }

  @Test
  void isNeverNegative() throws IOException {
    machine();
    file("proc/self/cgroup", "0::/");
    unified("", "" + 100 * MIB, 120 * MIB, 7);

    assertMemory(0, OptionalLong.of(100 * MIB));
  }

  @Test
  void readsControlGroupsOfVersion1() throws IOException {
    machine();
    file("proc/self/cgroup", "5:cpu,cpuacct:/docker/a\n4:memory:/docker/a");
    file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
    file("sys/fs/cgroup/memory/docker/a/memory.limit_in_bytes", "" + 512 * MIB);
    file("sys/fs/cgroup/memory/docker/a/memory.usage_in_bytes", "" + 200 * MIB);
    file(
        "sys/fs/cgroup/memory/docker/a/memory.stat",
        "inactive_file 1\ntotal_inactive_file " + 60 * MIB + "\ntotal_active_file " + 40 * MIB);

    assertMemory(412 * MIB, OptionalLong.of(512 * MIB));
  }

  @Test
  void readsTheMountedGroupIfItsOwnIsNotVisible() throws IOException {
    machine();
    file("proc/self/cgroup", "4:memory:/docker/a");
    file("sys/fs/cgroup/memory/memory.limit_in_bytes", "" + 512 * MIB);
    file("sys/fs/cgroup/memory/memory.usage_in_bytes", "" + 100 * MIB);

    assertMemory(412 * MIB, OptionalLong.of(512 * MIB));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0::/../../etc", "0::", "0", "nonsense", "0::/\u0000"})
  void strangeGroupsAreIgnoredOrTheRoot(String line) throws IOException {
    machine();
    file("proc/self/cgroup", line);

    assertMemory(8192 * MIB, OptionalLong.empty());
  }

  @Test
  void isNoMoreThanTheDevicesMemory() {
    Device.Properties memory = Device.cpu().properties();

    assertThat(memory.freeBytes()).isPositive().isLessThanOrEqualTo(memory.totalBytes());
  }
}
