package dev.mor4j.cli.output;

import dev.mor4j.engine.FinishReason;
import dev.mor4j.engine.GenerationStatistics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Formats statistics as lines of text. */
public final class StatisticsBlock {
  private static final int BAR_CELLS = 30;
  private static final String PARTIAL_CELLS = "▏▎▍▌▋▊▉";
  private static final double NANOS_PER_MILLI = 1e6;

  private StatisticsBlock() {}

  /**
   * All lines.
   *
   * @param loadTime until the engine was ready
   * @param seed of the sampling
   */
  public static List<String> lines(Duration loadTime, GenerationStatistics run, long seed) {
    List<String> lines = new ArrayList<>();
    lines.add(row("load time", milliseconds(loadTime)));
    lines.add(row("prompt", speed(run.promptTokens(), run.promptTime())));
    lines.add(row("generated", speed(run.generatedTokens(), run.generationTime())));
    lines.addAll(depths(run));
    long kvBytes = run.kvBytes().values().stream().mapToLong(Long::longValue).sum();
    lines.add(row("K/V cache", String.format(Locale.ROOT, "%13s", ByteSize.text(kvBytes))));
    run.kvBytes()
        .forEach(
            (part, bytes) ->
                lines.add(
                    row("  " + part, String.format(Locale.ROOT, "%13s", ByteSize.text(bytes)))));
    lines.add(row("finished", words(run.finishReason()) + "; seed " + seed));
    return lines;
  }

  /** A summary on one line, for one of several texts. */
  public static String summary(GenerationStatistics run) {
    return String.format(
        Locale.ROOT,
        "%s tokens, %.1f tokens/s, mean depth %.2f, %s",
        run.generatedTokens(),
        perSecond(run.generatedTokens(), run.generationTime()),
        run.meanDepth(),
        words(run.finishReason()));
  }

  /** The histogram of recursion depths; empty if there are no tokens. */
  public static List<String> depths(GenerationStatistics run) {
    List<Long> counts = run.depthCounts();
    if (counts.stream().allMatch(count -> count == 0)) {
      return List.of();
    }
    List<String> lines = new ArrayList<>();
    long total = Math.max(1, counts.stream().mapToLong(Long::longValue).sum());
    long most = Math.max(1, counts.stream().mapToLong(Long::longValue).max().orElse(1));
    lines.add(
        row(
            "mean depth",
            String.format(
                Locale.ROOT, "%9.2f of %s recursion steps", run.meanDepth(), counts.size() - 1)));
    for (int depth = 0; depth < counts.size(); depth++) {
      long count = counts.get(depth);
      String share =
          String.format(Locale.ROOT, "%9d tokens %7.1f %%  ", count, 100.0 * count / total);
      lines.add(row("  depth " + depth, share + bar((double) count / most)));
    }
    lines.add(
        row(
            "compute saved",
            String.format(
                Locale.ROOT, "%9.1f %% of the shared block", 100 * run.blockComputeSaved())));
    return lines;
  }

  /** A bar in steps of an eighth of a cell, so that small shares can be distinguished. */
  private static String bar(double share) {
    int eighths = (int) Math.round(share * BAR_CELLS * 8);
    String whole = "█".repeat(eighths / 8);
    return eighths % 8 == 0 ? whole : whole + PARTIAL_CELLS.charAt(eighths % 8 - 1);
  }

  public static String speed(int tokens, Duration time) {
    return String.format(
        Locale.ROOT,
        "%9d tokens %s %9.1f tokens/s",
        tokens,
        milliseconds(time),
        perSecond(tokens, time));
  }

  private static double perSecond(int tokens, Duration time) {
    return time.isZero() ? 0 : tokens / (time.toNanos() / 1e9);
  }

  public static String milliseconds(Duration time) {
    return String.format(Locale.ROOT, "%9.1f ms", time.toNanos() / NANOS_PER_MILLI);
  }

  public static String words(FinishReason reason) {
    return switch (reason) {
      case END_OF_TEXT -> "end of text";
      case STOP -> "stop string";
      case LENGTH -> "-n limit reached";
      case CONTEXT_FULL -> "context full (-c)";
      case TIME_LIMIT -> "time limit reached";
      case CANCELLED -> "interrupted";
    };
  }

  public static String row(String label, String text) {
    return String.format(Locale.ROOT, "%-14s %s", label, text.stripTrailing());
  }
}
