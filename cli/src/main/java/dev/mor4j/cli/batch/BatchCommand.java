package dev.mor4j.cli.batch;

import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.command.FailureText;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.options.ComputeFlags;
import dev.mor4j.cli.options.EngineStart;
import dev.mor4j.cli.options.ModelOptions;
import dev.mor4j.cli.terminal.Interruption;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.Model;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What {@code mor run --parallel} does: answers a file of prompts. */
public final class BatchCommand {
  private final Sources sources;
  private final PrintedResults.Style style;
  private final StandardStreams streams;

  /**
   * What it is done with.
   *
   * @param sequences at a time
   */
  public record Sources(
      ModelOptions model, ComputeFlags compute, PromptFile prompts, int sequences) {}

  public BatchCommand(Sources sources, PrintedResults.Style style, StandardStreams streams) {
    this.sources = sources;
    this.style = style;
    this.streams = streams;
  }

  /** Answers all prompts and prints the results. Returns the exit code. */
  public int print(Interruption interruption) throws IOException {
    BatchSink sink = new PrintedResults(streams.out(), style);
    return run(sources.prompts().prompts(), sink, interruption);
  }

  /** Answers the prompts whose results a file does not hold yet. Returns the exit code. */
  public int write(Path output, Interruption interruption) throws IOException {
    List<BatchPrompt> prompts = sources.prompts().prompts();
    Provenance provenance =
        Provenance.of(sources.model().path(), sources.compute().whatChangesTexts());
    try (ResultFile results = ResultFile.open(output, sources.prompts(), provenance)) {
      int known = results.resultCount();
      if (known > 0) {
        streams
            .err()
            .printf("mor: %s has %d of %d results already%n", output, known, prompts.size());
      }
      int exitCode =
          known == prompts.size()
              ? ExitCodes.DONE
              : run(prompts.subList(known, prompts.size()), results, interruption);
      return results.failureCount() > 0 ? ExitCodes.FAILED : exitCode;
    }
  }

  private int run(List<BatchPrompt> prompts, BatchSink sink, Interruption interruption)
      throws IOException {
    long start = System.nanoTime();
    BatchTotals totals = new BatchTotals();
    try (Model model = sources.compute().load(sources.model(), sources.sequences(), streams)) {
      var _ = model.tokenizer(); // without one, no prompt has an answer
      check(prompts, model.config());
      try (Engine engine =
          EngineStart.of(
              sources
                  .compute()
                  .engine(model)
                  .parallel(sources.sequences())
                  .queueSize(BatchRun.mostRequests(sources.sequences())),
              streams)) {
        interruption.watch(engine::close);
        long ready = System.nanoTime();
        new BatchRun(engine, sink, totals).answer(prompts);
        tell(totals, Duration.ofNanos(ready - start), Duration.ofNanos(System.nanoTime() - ready));
      }
    }
    return totals.failures().isEmpty() ? ExitCodes.DONE : ExitCodes.FAILED;
  }

  /** What depends on the model alone is a mistake in the file, and no prompt's failure. */
  private void check(List<BatchPrompt> prompts, MorConfig config) {
    for (BatchPrompt prompt : prompts) {
      try {
        RoutingMode mode = prompt.request().routing().resolve(config);
        if (!mode.isCausal(config)) {
          throw new UsageException(
              "routing: expected trained or fixed:N to generate text, found top-k, which is not causal");
        }
      } catch (InvalidConfigException | UsageException mistake) {
        throw new UsageException(place(prompt) + FailureText.line(mistake));
      }
    }
  }

  private void tell(BatchTotals totals, Duration loadTime, Duration runTime) {
    for (BatchResult.Failed failure : totals.failures()) {
      streams.err().println("mor: " + place(failure.prompt()) + failure.reason());
    }
    streams.err().println();
    BatchStatistics.lines(loadTime, runTime, totals).forEach(streams.err()::println);
  }

  private String place(BatchPrompt prompt) {
    return "%s:%d: ".formatted(sources.prompts().path(), prompt.line());
  }
}
