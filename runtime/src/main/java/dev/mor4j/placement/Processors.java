package dev.mor4j.placement;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;

/**
 * Counts of the processors that this process may use, read from {@code /sys} on Linux. On other
 * systems each processor counts as a core of its own.
 *
 * <p>Compute threads share the work evenly and synchronize after each operation, so the slowest
 * thread sets the pace. Two threads on one core share its arithmetic units, and a thread on an
 * efficiency core delays all others. The default is therefore one thread per performance core.
 *
 * <p>Threads are not pinned. On a machine with several NUMA nodes, start the process on one of them
 * ({@code numactl --cpunodebind=0 --membind=0}); processors outside its affinity are not counted.
 *
 * @param allowed logical processors that may be used at a time, limited by the affinity of the
 *     process and by the CPU quota of its container, as the JVM reports them
 * @param cores physical cores that contain them
 * @param fastCores those of the cores that reach at least two thirds of the fastest core's speed
 * @param nodes NUMA nodes that contain them
 */
public record Processors(int allowed, int cores, int fastCores, int nodes) {
  /**
   * The smallest virtual machines have two processors and often report them as siblings of one
   * core, whether or not they are. Up to this many processors are all used.
   */
  private static final int FEW = 2;

  /**
   * Weights that justify one thread: with fewer per thread, threads spend more time synchronizing
   * than computing. The demo model (4.7 MB) decodes 870 tokens/s with one thread, 400 with two on
   * two idle cores, and far fewer with two on busy ones.
   */
  private static final long BYTES_PER_THREAD = 16L << 20;

  /** Reads the processors of this machine. */
  public static Processors here() {
    return of(Path.of("/"), Runtime.getRuntime().availableProcessors());
  }

  /**
   * Reads the processors of a system.
   *
   * @param root the folder that contains {@code sys} and {@code proc}
   * @param allowed processors according to the JVM, which knows the quota but not the topology
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

  /** Number of threads that compute a large model fastest. */
  public int threads() {
    boolean areAlike = fastCores == cores;
    return Math.max(1, allowed <= FEW && areAlike ? allowed : Math.min(fastCores, allowed));
  }

  /**
   * Number of threads that compute a model of a given size fastest.
   *
   * @param modelBytes size of its file
   */
  public int threadsFor(long modelBytes) {
    return Math.clamp(modelBytes / BYTES_PER_THREAD, 1, threads());
  }

  /** One line for users, such as {@code 6 of 14 cores fast, 20 processors, 1 NUMA node}. */
  @Override
  public String toString() {
    String fast = fastCores == cores ? "" : "%s of ".formatted(fastCores);
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
