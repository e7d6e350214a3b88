package dev.mor4j.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * CPU time of the machine since it started, in clock ticks, from the first line of Linux's {@code
 * /proc/stat}.
 *
 * @param busyTicks time spent on work, including guests and time stolen by the hypervisor
 * @param allTicks time including idle time
 */
record CpuTimes(long busyTicks, long allTicks) {
  private static final Path SOURCE = Path.of("/proc/stat");

  /** Columns after the label that count idle time: idle and iowait. */
  private static final List<Integer> WAITING = List.of(3, 4);

  /** Columns from here on are included in earlier ones. */
  private static final int GUESTS = 8;

  static CpuTimes read() throws IOException {
    try (var lines = Files.lines(SOURCE)) {
      return parse(lines.findFirst().orElse(""));
    }
  }

  /**
   * Reads {@code cpu 10 0 5 100 ...}.
   *
   * @throws IOException if it is another line
   */
  static CpuTimes parse(String line) throws IOException {
    String[] words = line.strip().split("\\s+", -1);
    if (words.length <= WAITING.getLast() + 1 || !words[0].equals("cpu")) {
      throw new IOException(SOURCE + ": expected a first line of cpu and ticks, found " + line);
    }
    long busy = 0;
    long all = 0;
    for (int column = 0; column < Math.min(GUESTS, words.length - 1); column++) {
      long ticks = ticks(words[column + 1]);
      all += ticks;
      busy += WAITING.contains(column) ? 0 : ticks;
    }
    return new CpuTimes(busy, all);
  }

  private static long ticks(String word) throws IOException {
    try {
      return Long.parseLong(word);
    } catch (NumberFormatException wrong) {
      throw new IOException(SOURCE + ": expected ticks, found " + word, wrong);
    }
  }
}
