package dev.mor4j.cli.bench;

import dev.mor4j.cli.command.CommandContext;
import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.command.VersionText;
import dev.mor4j.cli.options.EngineStart;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.Model;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.RoutingMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** The command {@code bench}: measures speed, and where the time goes. */
@Command(
    name = "bench",
    description = {
      "Measures the speed of prompt processing (pp) and text generation (tg).",
      "",
      "Flags are named as in llama-bench. Several values of a flag are separated by commas; all combinations are measured, each as one row of the result. Prompts are random token ids, and decoding is greedy. Each row reports the share of the CPU time that other processes used. A row above --noise-limit is marked, and the command then fails unless --accept-noise is given.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mor bench -m model.gguf -t 2 -b 1,4,8",
      "  mor bench --shape 360m --outtype q4_0 --routing fixed:3 -o json",
      "  mor bench --shape 360m --routing drawn:1,0.667,0.333"
    })
public final class BenchCommand implements Callable<Integer> {
  private static final int MOST_REPETITIONS = 10_000;

  @ParentCommand private @Nullable CommandContext root;

  @Mixin private BenchModelOptions modelOptions = new BenchModelOptions();

  @Option(
      names = {"-p", "--n-prompt"},
      paramLabel = "N",
      split = ",",
      defaultValue = "512",
      description =
          "Prompt tokens of each sequence; 0 omits these rows. Default: ${DEFAULT-VALUE}.")
  private List<Integer> promptTokens = List.of();

  @Option(
      names = {"-n", "--n-gen"},
      paramLabel = "N",
      split = ",",
      defaultValue = "128",
      description =
          "Generated tokens of each sequence; 0 omits these rows. Default: ${DEFAULT-VALUE}.")
  private List<Integer> generatedTokens = List.of();

  @Option(
      names = {"-d", "--n-depth", "--depth"},
      paramLabel = "N",
      split = ",",
      defaultValue = "0",
      description = "Tokens of context before the measured ones. Default: ${DEFAULT-VALUE}.")
  private List<Integer> depthTokens = List.of();

  @Option(
      names = "--routing",
      paramLabel = "MODE",
      defaultValue = "trained",
      description =
          "Routing mode: trained, fixed:N, or drawn:1,0.667,0.333 (at random, with the given share of tokens for each step). Repeatable. Default: ${DEFAULT-VALUE}.")
  private List<String> routing = List.of();

  @Mixin private BenchEngineFlags engineFlags = new BenchEngineFlags();

  @Mixin private Measuring measuring = new Measuring();

  /** Flags for the measurement. */
  public static final class Measuring {
    @Option(
        names = {"-r", "--repetitions"},
        paramLabel = "N",
        defaultValue = "5",
        description = "Measured runs of each row. Default: ${DEFAULT-VALUE}.")
    private int repetitions = 5;

    @Option(
        names = "--warmup",
        paramLabel = "N",
        defaultValue = "1",
        description = "Unmeasured warm-up runs of each row. Default: ${DEFAULT-VALUE}.")
    private int warmups = 1;

    @Option(
        names = "--noise-limit",
        paramLabel = "PERCENT",
        defaultValue = "5",
        description =
            "Maximum share of the CPU time that other processes may use, in percent. Default: ${DEFAULT-VALUE}.")
    private double noisePercent = 5;

    @Option(names = "--accept-noise", description = "Succeed even if rows are noisy.")
    private boolean acceptsNoise;

    BenchRow.Plan plan() {
      requireRange("--repetitions", repetitions, 1);
      requireRange("--warmup", warmups, 0);
      if (!(noisePercent >= 0 && noisePercent <= 100)) {
        throw new InvalidConfigException("--noise-limit", "0..100", String.valueOf(noisePercent));
      }
      return new BenchRow.Plan(warmups, repetitions, noisePercent / 100);
    }

    private static void requireRange(String flag, int value, int least) {
      if (value < least || value > MOST_REPETITIONS) {
        throw new InvalidConfigException(
            flag, least + ".." + MOST_REPETITIONS, String.valueOf(value));
      }
    }
  }

  /** Output formats. */
  enum Format {
    /** Markdown tables. */
    MD,
    /** A JSON array of rows. */
    JSON
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "md",
      description = "Output format: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Format format = Format.MD;

  @Override
  public Integer call() throws IOException {
    StandardStreams streams = Objects.requireNonNull(root).streams();
    BenchRow.Plan plan = measuring.plan();
    List<BenchTest> tests = tests();
    List<EngineSetup> setups = engineFlags.setups();
    int contextSize = tests.stream().mapToInt(BenchTest::contextSize).max().orElseThrow();
    List<BenchRow> rows = new ArrayList<>();
    try (Model model = engineFlags.load(modelOptions.path(), contextSize, streams)) {
      for (BenchTest test : tests) {
        test.routing().resolve(model.config());
      }
      BenchModel measured = BenchModel.of(model);
      BenchOutput output = output(measured, streams);
      output.begin();
      for (EngineSetup setup : setups) {
        try (Engine engine = setup.start(model, contextSize)) {
          EngineStart.report(engine, streams);
          for (BenchTest test : tests) {
            try (EngineBench bench = new EngineBench(engine, test, measured.vocabularySize())) {
              rows.add(BenchRow.measure(setup, test, bench, plan));
            }
            output.row(rows.getLast());
          }
        }
      }
      output.end();
    }
    return judged(rows, plan, streams);
  }

  private List<BenchTest> tests() {
    List<BenchTest> tests = new ArrayList<>();
    for (RoutingMode mode : routing.stream().map(RoutingMode::parse).toList()) {
      for (int depth : depthTokens) {
        for (int count : promptTokens) {
          if (count != 0) {
            tests.add(new BenchTest(count, 0, depth, mode));
          }
        }
        for (int count : generatedTokens) {
          if (count != 0) {
            tests.add(new BenchTest(0, count, depth, mode));
          }
        }
      }
    }
    if (tests.isEmpty()) {
      throw new UsageException("-p and -n: expected a number above 0 in one of them, found none");
    }
    return tests;
  }

  private BenchOutput output(BenchModel model, StandardStreams streams) throws IOException {
    return switch (format) {
      case MD -> new BenchTable(model, streams.out());
      case JSON ->
          new BenchJson(BenchMachine.here(new VersionText().morVersion()), model, streams.out());
    };
  }

  /**
   * Fails for noisy rows unless they are accepted.
   *
   * @return the exit code
   */
  private int judged(List<BenchRow> rows, BenchRow.Plan plan, StandardStreams streams) {
    long noisy = rows.stream().filter(BenchRow::isNoisy).count();
    if (noisy == 0 || measuring.acceptsNoise) {
      return ExitCodes.DONE;
    }
    streams
        .err()
        .println(
            "mor: noisy measurement: in %s of %s rows, other processes used more than %s of the CPU time; repeat it on an idle machine, or accept it with --accept-noise"
                .formatted(noisy, rows.size(), BenchTable.percent(plan.noiseLimit())));
    return ExitCodes.FAILED;
  }
}
