package dev.mor4j.placement;

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

/** The processors that this process may run on, as Linux reports them. */
final class CpuTopology {
  /** A core counts as fast if it has at least two thirds of the speed of the fastest one. */
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
   * Reads the topology from the kernel's files.
   *
   * @param root the folder that contains {@code sys} and {@code proc}
   * @return empty if the files do not exist or cannot be parsed
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

  /**
   * Logical processors that the process may run on. The CPU quota of a container may allow fewer of
   * them at a time.
   */
  BitSet usable() {
    return (BitSet) usable.clone();
  }

  /**
   * The usable processors on performance cores: the kernel's list on Intel hybrids, otherwise by
   * {@code cpu_capacity}, otherwise by maximum clock rate. All usable processors if none of these
   * is known.
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

  /** Selects fast processors by one kernel file; empty if the speed of any of them is unknown. */
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

  /**
   * Number of physical cores that contain these processors. A processor whose siblings are unknown
   * counts as a core of its own.
   */
  int coreCount(BitSet cpus) {
    Set<BitSet> cores = new HashSet<>();
    for (int cpu = cpus.nextSetBit(0); cpu >= 0; cpu = cpus.nextSetBit(cpu + 1)) {
      BitSet siblings = CpuList.parse(text(cpu(cpu).resolve("topology/thread_siblings_list")));
      siblings.set(cpu);
      cores.add(siblings);
    }
    return cores.size();
  }

  /** Number of NUMA nodes with usable processors; 1 if the kernel reports none. */
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
