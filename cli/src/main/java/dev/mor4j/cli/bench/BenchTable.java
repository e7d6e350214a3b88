package dev.mor4j.cli.bench;

import dev.mor4j.engine.PhaseTimes;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Prints rows as two Markdown tables: results as they are measured, and at the end the time by
 * phase.
 */
public final class BenchTable implements BenchOutput {
  private static final String FIGURES =
      """
      | model | size | params | threads | type_k | type_v | batch | routing | test | t/s | mean depth | rows/pass | others |
      | --- | ---: | ---: | ---: | --- | --- | ---: | --- | --- | ---: | ---: | ---: | ---: |
      """;
  private static final String PHASES =
      """
      | threads | batch | routing | test | build | fill | prelude | passes | coda | read | sampling | scheduling | outside ggml | garbage B/token |
      | ---: | ---: | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      """;

  private final BenchModel model;
  private final PrintWriter out;
  private final List<BenchRow> rows = new ArrayList<>();

  /** Prints to {@code out}, which stays open. */
  public BenchTable(BenchModel model, PrintWriter out) {
    this.model = model;
    this.out = out;
  }

  @Override
  public void begin() {
    out.print(FIGURES);
    out.flush();
  }

  @Override
  public void row(BenchRow row) {
    rows.add(row);
    Deviation speed = row.tokensPerSecond();
    line(
        model.type(),
        String.format(Locale.ROOT, "%.2f MiB", model.weightBytes() / (double) (1 << 20)),
        String.format(Locale.ROOT, "%.2f M", model.parameterCount() / 1e6),
        row.setup().threads(),
        lowerCase(row.setup().keyType()),
        lowerCase(row.setup().valueType()),
        row.setup().parallel(),
        row.test().routing(),
        row.test().label(),
        String.format(Locale.ROOT, "%.2f ± %.2f", speed.mean(), speed.deviation())
            + (row.isNoisy() ? " (noisy)" : ""),
        String.format(Locale.ROOT, "%.2f", row.meanDepth()),
        String.format(Locale.ROOT, "%.2f", row.meanBatchRows()),
        percent(row.load().othersShare()));
    out.flush();
  }

  /** Mean milliseconds of a repetition by phase. */
  @Override
  public void end() {
    out.println();
    out.print(PHASES);
    for (BenchRow row : rows) {
      PhaseTimes phases = row.phases();
      line(
          row.setup().threads(),
          row.setup().parallel(),
          row.test().routing(),
          row.test().label(),
          millis(row, phases.graphBuild()),
          millis(row, phases.inputFill()),
          millis(row, phases.prelude()),
          millis(row, phases.passes()),
          millis(row, phases.coda()),
          millis(row, phases.readBack()),
          millis(row, phases.sampling()),
          millis(row, phases.scheduling()),
          percent(phases.shareOutsideCompute()),
          String.format(Locale.ROOT, "%.0f", row.garbagePerToken()));
    }
  }

  private void line(Object... cells) {
    for (Object cell : cells) {
      out.print("| " + cell + " ");
    }
    out.println("|");
  }

  private static String millis(BenchRow row, long nanos) {
    return String.format(Locale.ROOT, "%.2f ms", nanos / 1e6 / row.samples().size());
  }

  /** A share in percent; a question mark for NaN. */
  public static String percent(double share) {
    return Double.isNaN(share) ? "?" : String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private static String lowerCase(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
