package dev.mor4j.engine;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** How many threads can compute at full speed. */
final class Processors {
  private static final Path CPUS = Path.of("/sys/devices/system/cpu");

  /**
   * Weights that keep one thread busy: below, threads wait for each other more than they compute.
   * The demo model (4.7 MB) decodes 870 tokens/s with one thread and 400 with two on two free
   * cores, and far fewer with two when another process keeps them busy.
   */
  private static final long BYTES_PER_THREAD = 16L << 20;

  private Processors() {}

  /** Threads that pay for a model of this size. */
  static int threadsFor(long modelBytes) {
    return Math.clamp(modelBytes / BYTES_PER_THREAD, 1, physicalCount());
  }

  /**
   * Physical cores, as far as the system says so, but no more than this process may use: threads on
   * one core share its arithmetic units.
   */
  static int physicalCount() {
    int allowed = Runtime.getRuntime().availableProcessors();
    Set<String> cores = new HashSet<>();
    try (DirectoryStream<Path> cpus = Files.newDirectoryStream(CPUS, "cpu[0-9]*")) {
      for (Path cpu : cpus) {
        cores.add(Files.readString(cpu.resolve("topology/thread_siblings_list")));
      }
    } catch (IOException unknown) {
      return allowed;
    }
    return cores.isEmpty() ? allowed : Math.min(allowed, cores.size());
  }
}
