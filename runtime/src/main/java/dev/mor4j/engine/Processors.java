package dev.mor4j.engine;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;

/**
 * The processors that this process may use, as far as Linux says so in {@code /sys}; elsewhere each
 * is taken for a core of its own.
 *
 * <p>Threads share the work evenly and wait for each other after each operation, so the slowest
 * sets the pace: two on one core share its arithmetic units, and one on an efficiency core keeps
 * the others waiting. By default there is one for each performance core.
 *
 * <p>Nothing is pinned. On machines with several NUMA nodes, start the process on one of them
 * ({@code numactl --cpunodebind=0 --membind=0}): what it may not use is not counted.
 *
 * @param allowed logical processors that may be used at a time: by affinity, and by the quota of a
 *     container, as the JVM says
 * @param cores physical cores that these are on
 * @param fastCores those of them that are about as fast as the fastest
 * @param nodes NUMA nodes that these are on
 */
public record Processors(int allowed, int cores, int fastCores, int nodes) {
  /**
   * The smallest virtual machines have two processors, and whether these are siblings is up to who
   * made the machine; of so few, none is left out.
   */
  private static final int FEW = 2;

  /**
   * Weights that keep one thread busy: below, threads wait for each other more than they compute.
   * The demo model (4.7 MB) decodes 870 tokens/s with one thread and 400 with two on two free
   * cores, and far fewer with two when another process keeps them busy.
   */
  private static final long BYTES_PER_THREAD = 16L << 20;

  /** Those of this machine, asked now. */
  public static Processors here() {
    return of(Path.of("/"), Runtime.getRuntime().availableProcessors());
  }

  /**
   * Those of a system.
   *
   * @param root where {@code sys} and {@code proc} are
   * @param allowed as the JVM says: it knows quotas, but not which processors are meant
   */
  static Processors of(Path root, int allowed) {
    Optional<CpuTopology> found = CpuTopology.read(root);
    if (found.isEmpty()) {
      return new Processors(allowed, allowed, allowed, 1);
    }
    CpuTopology topology = found.get();
    BitSet fast = topology.fast();
    int cores = Math.min(allowed, topology.coreCount(topology.usable()));
    return new Processors(
        allowed, cores, Math.min(cores, topology.coreCount(fast)), topology.nodeCount());
  }

  /** Threads that compute fastest, if there is enough to do. */
  public int threads() {
    boolean areAlike = fastCores == cores;
    return Math.max(1, allowed <= FEW && areAlike ? allowed : Math.min(fastCores, allowed));
  }

  /** Threads that pay for a model of this size. */
  int threadsFor(long modelBytes) {
    return Math.clamp(modelBytes / BYTES_PER_THREAD, 1, threads());
  }

  /** As {@code 6 of 14 cores are fast, 20 processors, 1 NUMA node}. */
  @Override
  public String toString() {
    String fast = fastCores == cores ? "" : "%d of ".formatted(fastCores);
    return "%s%s%s, %s, %s"
        .formatted(
            fast,
            counted(cores, "core"),
            fast.isEmpty() ? "" : " fast",
            counted(allowed, "processor"),
            counted(nodes, "NUMA node"));
  }

  private static String counted(int count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }
}
