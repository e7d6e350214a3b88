package dev.mor4j.cli.batch;

import dev.mor4j.cli.command.UsageException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags for many prompts at once. */
public final class BatchFlags {
  @Option(
      names = {"-np", "--parallel"},
      paramLabel = "N",
      description =
          "Answer all prompts of -f FILE, N at a time; results come in the order of the prompts. FILE has one prompt a line or, if its name ends in .jsonl, a JSON object a line: prompt, id, and -n, --stop and all flags of recursion depth and sampling by their long names, as in {\"id\": \"a\", \"prompt\": \"Once\", \"n_predict\": 20, \"top_k\": 40}.")
  private @Nullable Integer sequences;

  @Option(
      names = "--json",
      description =
          "With --parallel: print each result as a line of JSON, as is done for .jsonl files.")
  private boolean asJson;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "RESULTS",
      description =
          "With --parallel: write the lines of JSON to the file RESULTS. If it has some for the same prompts, model and options already, continue behind them.")
  private @Nullable Path output;

  /** How many prompts to answer at a time; empty if there is one prompt only. */
  public Optional<Integer> sequences() {
    if (sequences == null && (asJson || output != null)) {
      throw new UsageException(
          (asJson ? "--json" : "-o") + ": expected --parallel N with it, found none");
    }
    return Optional.ofNullable(sequences);
  }

  /** The file that gets the results; empty if they are printed. */
  public Optional<Path> output() {
    return Optional.ofNullable(output);
  }

  /** How results of these prompts are printed. */
  public boolean printsJson(PromptFile prompts) {
    return asJson || prompts.isJson();
  }
}
