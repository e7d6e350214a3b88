package dev.mor4j.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** What Linux says of the processors that a process may run on. */
final class CpuTopology {
  /** A core of at least two thirds of the fastest one's speed costs less than it brings. */
  private static final int SHARE_OF_FASTEST = 3;

  private static final int OF_FASTEST = 2;

  private static final List<String> SPEEDS = List.of("cpu_capacity", "cpufreq/cpuinfo_max_freq");

  private final Path devices;
  private final BitSet usable;

  private CpuTopology(Path devices, BitSet usable) {
    this.devices = devices;
    this.usable = usable;
  }

  /**
   * Asks the system.
   *
   * @param root where {@code sys} and {@code proc} are
   * @return empty where they are not, or say nothing that can be understood
   */
  static Optional<CpuTopology> read(Path root) {
    Path devices = root.resolve("sys/devices");
    BitSet usable = CpuList.parse(text(devices.resolve("system/cpu/online")));
    BitSet affinity = affinity(root.resolve("proc/self/status"));
    if (!affinity.isEmpty()) {
      usable.and(affinity);
    }
    return usable.isEmpty() ? Optional.empty() : Optional.of(new CpuTopology(devices, usable));
  }

  private static BitSet affinity(Path status) {
    return text(status)
        .lines()
        .filter(line -> line.startsWith("Cpus_allowed_list:"))
        .map(line -> CpuList.parse(line.substring(line.indexOf(':') + 1)))
        .findFirst()
        .orElse(new BitSet());
  }

  /** Logical processors that the process may run on; a quota may allow fewer at a time. */
  BitSet usable() {
    return (BitSet) usable.clone();
  }

  /**
   * Those on performance cores: as an Intel hybrid's kernel lists them, else by capacity, else by
   * clock; all that can be used where nothing is known.
   */
  BitSet fast() {
    BitSet performance = CpuList.parse(text(devices.resolve("cpu_core/cpus")));
    performance.and(usable);
    if (!performance.isEmpty()) {
      return performance;
    }
    for (String file : SPEEDS) {
      BitSet fast = fastBy(file);
      if (!fast.isEmpty()) {
        return fast;
      }
    }
    return usable();
  }

  /** None if a processor's speed is not known. */
  private BitSet fastBy(String file) {
    long[] speeds = new long[usable.length()];
    long fastest = 0;
    for (int cpu = usable.nextSetBit(0); cpu >= 0; cpu = usable.nextSetBit(cpu + 1)) {
      OptionalLong speed = number(text(cpu(cpu).resolve(file)));
      if (speed.isEmpty()) {
        return new BitSet();
      }
      speeds[cpu] = speed.getAsLong();
      fastest = Math.max(fastest, speeds[cpu]);
    }
    BitSet fast = usable();
    for (int cpu = usable.nextSetBit(0); cpu >= 0; cpu = usable.nextSetBit(cpu + 1)) {
      fast.set(cpu, speeds[cpu] * SHARE_OF_FASTEST >= fastest * OF_FASTEST);
    }
    return fast;
  }

  /** Physical cores that these processors are on; each is one where siblings are not known. */
  int coreCount(BitSet cpus) {
    Set<BitSet> cores = new HashSet<>();
    for (int cpu = cpus.nextSetBit(0); cpu >= 0; cpu = cpus.nextSetBit(cpu + 1)) {
      BitSet siblings = CpuList.parse(text(cpu(cpu).resolve("topology/thread_siblings_list")));
      siblings.set(cpu);
      cores.add(siblings);
    }
    return cores.size();
  }

  /** NUMA nodes with processors that can be used; 1 where the kernel knows of none. */
  int nodeCount() {
    BitSet nodes = CpuList.parse(text(devices.resolve("system/node/online")));
    int count = 0;
    for (int node = nodes.nextSetBit(0); node >= 0; node = nodes.nextSetBit(node + 1)) {
      Path cpus = devices.resolve("system/node/node" + node + "/cpulist");
      count += CpuList.parse(text(cpus)).intersects(usable) ? 1 : 0;
    }
    return Math.max(1, count);
  }

  private Path cpu(int number) {
    return devices.resolve("system/cpu/cpu" + number);
  }

  private static OptionalLong number(String text) {
    String digits = text.strip();
    return digits.matches("[1-9]\\d{0,11}")
        ? OptionalLong.of(Long.parseLong(digits))
        : OptionalLong.empty();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException unknown) {
      return "";
    }
  }
}
