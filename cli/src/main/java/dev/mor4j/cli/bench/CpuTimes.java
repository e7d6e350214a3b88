package dev.mor4j.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a machine's processors did since it started, in ticks of its clock, as the first line of
 * Linux's {@code /proc/stat} counts them.
 *
 * @param busyTicks for anybody: for guests and other guests' hypervisor too
 * @param allTicks waiting included
 */
record CpuTimes(long busyTicks, long allTicks) {
  private static final Path SOURCE = Path.of("/proc/stat");

  /** Columns after the label that stand for waiting: idle and iowait. */
  private static final List<Integer> WAITING = List.of(3, 4);

  /** Columns from here on are contained in earlier ones. */
  private static final int GUESTS = 8;

  static CpuTimes read() throws IOException {
    try (var lines = Files.lines(SOURCE)) {
      return parse(lines.findFirst().orElse(""));
    }
  }

  /**
   * Reads {@code cpu 10 0 5 100 ...}.
   *
   * @throws IOException if the line is another
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
