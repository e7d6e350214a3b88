package dev.mor4j.cli.perplexity;

import dev.mor4j.perplexity.DepthHistogram;
import dev.mor4j.perplexity.Divergence;
import dev.mor4j.perplexity.PerplexityReport;
import dev.mor4j.perplexity.ScoredText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Formats the results of a run as a table. */
final class PerplexityBlock {
  private final List<String> lines = new ArrayList<>();

  private PerplexityBlock() {}

  static List<String> lines(PerplexityReport report, ScoredText text) {
    PerplexityBlock block = new PerplexityBlock();
    block.addScore(report, text);
    report.divergence().ifPresent(block::addDivergence);
    block.addDepths(report);
    return block.lines;
  }

  private void addScore(PerplexityReport report, ScoredText text) {
    add(
        "perplexity",
        String.format(
            Locale.ROOT,
            "%12.4f  +/- %.4f",
            report.score().perplexity(),
            report.score().perplexityError()));
    add(
        "cross entropy",
        String.format(Locale.ROOT, "%12.5f  nats per token", report.score().crossEntropy()));
    add(
        "tokens scored",
        String.format(
            Locale.ROOT,
            "%12d  in %s windows of %s",
            report.score().tokenCount(),
            text.windowCount(),
            text.windowSize()));
    add("speed", String.format(Locale.ROOT, "%12.1f  tokens/s", report.tokensPerSecond()));
  }

  private void addDivergence(Divergence divergence) {
    add(
        "reference",
        String.format(
            Locale.ROOT,
            "%12.4f  perplexity of the reference; ratio %.6f +/- %.6f",
            divergence.reference().perplexity(),
            divergence.perplexityRatio(),
            divergence.perplexityRatioError()));
    add(
        "KL divergence",
        String.format(
            Locale.ROOT, "%12.7f  +/- %.7f nats", divergence.mean(), divergence.meanError()));
    add("  median", String.format(Locale.ROOT, "%12.7f", divergence.quantile(0.5)));
    add("  90 %", String.format(Locale.ROOT, "%12.7f", divergence.quantile(0.9)));
    add("  99 %", String.format(Locale.ROOT, "%12.7f", divergence.quantile(0.99)));
    add("  largest", String.format(Locale.ROOT, "%12.7f", divergence.quantile(1)));
    add("same top token", String.format(Locale.ROOT, "%12.3f %%", 100 * divergence.topAgreement()));
    add(
        "RMS change",
        String.format(
            Locale.ROOT,
            "%12.3f %%  of the probability of the text's token",
            100 * divergence.rmsChange()));
    add(
        "routing flips",
        String.format(
            Locale.ROOT,
            "%12.4f %%  of %s pairs of token and recursion step",
            100 * divergence.flipRate(),
            divergence.tokenSteps()));
  }

  private void addDepths(PerplexityReport report) {
    DepthHistogram depths = report.depths();
    List<Long> counts = depths.counts();
    String reference =
        report
            .divergence()
            .map(
                known ->
                    String.format(Locale.ROOT, "; reference %.4f", known.referenceDepths().mean()))
            .orElse("");
    lines.add(
        String.format(
                Locale.ROOT, "%-14s %12.4f  of %s", "mean depth", depths.mean(), counts.size() - 1)
            + reference);
    for (int depth = 0; depth < counts.size(); depth++) {
      int shown = depth;
      String other =
          report
              .divergence()
              .map(
                  known ->
                      String.format(
                          Locale.ROOT,
                          "; reference %.3f %%",
                          100 * known.referenceDepths().share(shown)))
              .orElse("");
      lines.add(
          String.format(
                  Locale.ROOT,
                  "%-14s %12d  tokens, %.3f %%",
                  "  depth " + depth,
                  counts.get(depth),
                  100 * depths.share(depth))
              + other);
    }
  }

  private void add(String label, String text) {
    lines.add(String.format(Locale.ROOT, "%-14s %s", label, text));
  }
}
