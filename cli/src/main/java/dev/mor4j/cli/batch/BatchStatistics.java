package dev.mor4j.cli.batch;

import dev.mor4j.cli.output.ByteSize;
import dev.mor4j.cli.output.StatisticsBlock;
import dev.mor4j.engine.EngineMetrics;
import dev.mor4j.engine.FinishReason;
import dev.mor4j.engine.GenerationStatistics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Formats the statistics of a batch as lines of text. */
final class BatchStatistics {
  private BatchStatistics() {}

  /**
   * All lines.
   *
   * @param loadTime until the engine was ready
   * @param runTime from then on
   */
  static List<String> lines(Duration loadTime, Duration runTime, BatchTotals totals) {
    GenerationStatistics sum = totals.sum();
    List<String> lines = new ArrayList<>();
    lines.add(StatisticsBlock.row("load time", StatisticsBlock.milliseconds(loadTime)));
    lines.add(
        StatisticsBlock.row(
            "prompts",
            String.format(
                Locale.ROOT,
                "%9d answered, %s failed",
                totals.answerCount(),
                totals.failures().size())));
    lines.add(
        StatisticsBlock.row(
            "prompt", String.format(Locale.ROOT, "%9d tokens", sum.promptTokens())));
    lines.add(
        StatisticsBlock.row("generated", StatisticsBlock.speed(sum.generatedTokens(), runTime)));
    lines.addAll(StatisticsBlock.depths(sum));
    totals.metrics().ifPresent(metrics -> addEngine(lines, metrics, totals.largestKvBytes()));
    if (!totals.reasons().isEmpty()) {
      lines.add(StatisticsBlock.row("finished", reasons(totals)));
    }
    return lines;
  }

  private static void addEngine(List<String> lines, EngineMetrics metrics, long kvBytes) {
    lines.add(
        StatisticsBlock.row(
            "batch fill",
            String.format(
                Locale.ROOT, "%9.2f rows per run of the shared block", metrics.meanBatchRows())));
    for (int step = 0; step < metrics.rowsByStep().size(); step++) {
      double rows = (double) metrics.rowsByStep().get(step) / Math.max(1, metrics.passes());
      lines.add(
          StatisticsBlock.row("  step " + step, String.format(Locale.ROOT, "%9.2f rows", rows)));
    }
    lines.add(
        StatisticsBlock.row(
            "K/V cache",
            String.format(
                Locale.ROOT,
                "%13s peak, of %s",
                ByteSize.text(kvBytes),
                ByteSize.text(metrics.kvCapacityBytes()))));
    lines.add(
        StatisticsBlock.row(
            "preemptions", String.format(Locale.ROOT, "%9d", metrics.preemptions())));
    lines.add(
        StatisticsBlock.row(
            "shared",
            String.format(
                Locale.ROOT, "%9d prompt tokens in shared prefixes", metrics.sharedTokens())));
  }

  private static String reasons(BatchTotals totals) {
    return Stream.of(FinishReason.values())
        .filter(totals.reasons()::containsKey)
        .map(reason -> totals.reasons().get(reason) + " × " + StatisticsBlock.words(reason))
        .collect(Collectors.joining(", "));
  }
}
