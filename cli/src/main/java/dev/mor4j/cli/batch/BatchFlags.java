package dev.mor4j.cli.batch;

import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.options.OutputPath;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags for batches of prompts. */
public final class BatchFlags {
  @Option(
      names = {"-np", "--parallel"},
      paramLabel = "N",
      description =
          "Continue all prompts of -f FILE, N at a time, and print the results in their order. FILE has one prompt per line or, if its name ends in .jsonl, one JSON object per line. Its fields are prompt, id, and any of -n, --stop, --special and the flags for recursion depth and sampling, under their long names, as in {\"id\": \"a\", \"prompt\": \"Once\", \"n_predict\": 20, \"top_k\": 40}.")
  private @Nullable Integer sequences;

  @Option(
      names = "--json",
      description = "With --parallel: print each result as a JSON line. Default for .jsonl files.")
  private boolean asJson;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "RESULTS",
      converter = OutputPath.class,
      description =
          "With --parallel: write the results as JSON lines to the file RESULTS. If it already has results of the same prompts, model and options, the run continues after them.")
  private @Nullable Path output;

  /** Number of prompts that run at the same time; empty for a single prompt. */
  public Optional<Integer> sequences() {
    if (sequences == null && (asJson || output != null)) {
      throw new UsageException(
          (asJson ? "--json" : "-o") + ": expected --parallel N with it, found none");
    }
    return Optional.ofNullable(sequences);
  }

  /** The file for the results; empty if they are printed. */
  public Optional<Path> output() {
    return Optional.ofNullable(output);
  }

  /** Whether results are printed as JSON lines. */
  public boolean printsJson(PromptFile prompts) {
    return asJson || prompts.isJson();
  }
}
