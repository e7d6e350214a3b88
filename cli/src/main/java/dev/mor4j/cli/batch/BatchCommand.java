package dev.mor4j.cli.batch;

import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.command.FailureText;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.options.ComputeFlags;
import dev.mor4j.cli.options.ModelOptions;
import dev.mor4j.cli.output.CountBar;
import dev.mor4j.cli.terminal.Interruption;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.Model;
import dev.mor4j.files.OutputTarget;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Runs {@code mor run --parallel}: continues all prompts of a file. */
public final class BatchCommand {
  private final Sources sources;
  private final String commandLine;
  private final PrintedResults.Style style;
  private final StandardStreams streams;

  /**
   * The model and the prompts.
   *
   * @param sequences number of sequences that run at the same time
   */
  public record Sources(
      ModelOptions model, ComputeFlags compute, PromptFile prompts, int sequences) {}

  /**
   * Creates the command.
   *
   * @param commandLine the words that the user typed, to continue with after an interrupt
   */
  public BatchCommand(
      Sources sources, String commandLine, PrintedResults.Style style, StandardStreams streams) {
    this.sources = sources;
    this.commandLine = commandLine;
    this.style = style;
    this.streams = streams;
  }

  /** Continues all prompts and prints the results. Returns the exit code. */
  public int print(Interruption interruption) throws IOException {
    BatchSink sink = new PrintedResults(streams.out(), style);
    return run(sources.prompts().prompts(), sink, interruption);
  }

  /** Continues the prompts that have no result in a file yet. Returns the exit code. */
  public int write(Path output, Interruption interruption) throws IOException {
    List<BatchPrompt> prompts = sources.prompts().prompts();
    OutputTarget target =
        OutputTarget.of(output)
            .requireNotIn(List.of(sources.model().path(), sources.prompts().path()));
    if (target.kind() == OutputTarget.Kind.STANDARD_OUTPUT) {
      BatchSink sink = new PrintedResults(streams.out(), style.asJson());
      return run(prompts, sink, interruption);
    }
    Provenance provenance =
        Provenance.of(sources.model().path(), sources.compute().whatChangesTexts());
    try (ResultFile results = ResultFile.open(target, sources.prompts(), provenance)) {
      int known = results.resultCount();
      if (known > 0) {
        streams
            .err()
            .printf("mor: %s already has %s of %s results%n", output, known, prompts.size());
      }
      int exitCode = ExitCodes.DONE;
      if (known < prompts.size()) {
        try (CountedResults counted =
            new CountedResults(results, known, new CountBar("prompts", prompts.size(), streams))) {
          exitCode = run(prompts.subList(known, prompts.size()), counted, interruption);
          if (interruption.isSignalled()) {
            reportInterrupt(output, counted.count());
          }
        }
      }
      return results.failureCount() > 0 ? ExitCodes.FAILED : exitCode;
    }
  }

  private void reportInterrupt(Path output, int resultCount) {
    streams
        .err()
        .printf(
            "mor: interrupted: %s has %s of %s results; to continue, run: mor %s%n",
            output, resultCount, sources.prompts().prompts().size(), commandLine);
  }

  private int run(List<BatchPrompt> prompts, BatchSink sink, Interruption interruption)
      throws IOException {
    long start = System.nanoTime();
    BatchTotals totals = new BatchTotals();
    try (Model model = sources.compute().load(sources.model(), sources.sequences(), streams)) {
      var _ = model.tokenizer(); // without one, every prompt fails
      check(prompts, model.config());
      try (Engine engine =
          sources
              .compute()
              .start(
                  sources
                      .compute()
                      .engine(model)
                      .parallel(sources.sequences())
                      .queueSize(BatchRun.mostRequests(sources.sequences())),
                  streams)) {
        interruption.watch(engine::close);
        long ready = System.nanoTime();
        new BatchRun(engine, sink, totals).answer(prompts);
        report(
            totals, Duration.ofNanos(ready - start), Duration.ofNanos(System.nanoTime() - ready));
      }
    }
    return totals.failures().isEmpty() ? ExitCodes.DONE : ExitCodes.FAILED;
  }

  /** Checks what the model decides for all prompts, before the first one runs. */
  private void check(List<BatchPrompt> prompts, MorConfig config) {
    for (BatchPrompt prompt : prompts) {
      try {
        RoutingMode mode = prompt.request().routing().resolve(config);
        if (!mode.isCausal(config)) {
          throw new UsageException(
              "routing: expected trained or fixed:N for generation (top-k is not causal), found top-k");
        }
      } catch (InvalidConfigException | UsageException mistake) {
        throw new UsageException(place(prompt) + FailureText.line(mistake));
      }
    }
  }

  private void report(BatchTotals totals, Duration loadTime, Duration runTime) {
    for (BatchResult.Failed failure : totals.failures()) {
      streams.err().println("mor: " + place(failure.prompt()) + failure.reason());
    }
    streams.err().println();
    BatchStatistics.lines(loadTime, runTime, totals).forEach(streams.err()::println);
  }

  private String place(BatchPrompt prompt) {
    return "%s:%s: ".formatted(sources.prompts().path(), prompt.line());
  }
}
