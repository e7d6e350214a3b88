package dev.mor4j.cli.perplexity;

import dev.mor4j.cli.command.CommandContext;
import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.options.EngineStart;
import dev.mor4j.cli.options.ModelOptions;
import dev.mor4j.cli.options.RoutingOptions;
import dev.mor4j.cli.options.TextOptions;
import dev.mor4j.cli.output.ByteSize;
import dev.mor4j.cli.output.CountBar;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.Model;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.perplexity.PerplexityReport;
import dev.mor4j.perplexity.PerplexityRun;
import dev.mor4j.perplexity.ScoredText;
import dev.mor4j.perplexity.Scoring;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** How well a model predicts a text, alone or against a reference run. */
@Command(
    name = "perplexity",
    description = {
      "Scores a text: perplexity, depths, and the distance from a reference run.",
      "",
      "Without --kl-divergence, --kl-divergence-base FILE saves the run as a reference: log-probabilities of every scored position, and depths. With it, the run is compared with the one saved in FILE: Kullback-Leibler divergence, and the routing flip rate, the share of pairs of token and recursion step of which just one run had the token run the step.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mor perplexity -m model-f32.gguf -f text.txt --kl-divergence-base f32.ref",
      "  mor perplexity -m model-q8_0.gguf -f text.txt --kl-divergence-base f32.ref --kl-divergence"
    })
public final class PerplexityCommand implements Callable<Integer> {
  @ParentCommand private @Nullable CommandContext root;

  @Mixin private ModelOptions modelOptions = new ModelOptions();

  @Mixin private TextOptions textOptions = new TextOptions();

  @Option(
      names = "--score",
      paramLabel = "RULE",
      defaultValue = "all",
      description =
          "all: every position; documents, parted by lines <|endoftext|>, begin with the model's beginning token. half: the second half of each window, as llama.cpp's tool does. Default: ${DEFAULT-VALUE}.")
  private Scoring scoring = Scoring.ALL;

  @Option(
      names = {"-c", "--ctx-size"},
      paramLabel = "WINDOW",
      description = "Tokens of a window; the model's context if not said.")
  private @Nullable Integer windowSize;

  @Mixin private ReferenceFlags reference = new ReferenceFlags();

  @Mixin private RoutingOptions routing = new RoutingOptions();

  @Option(names = "--json", description = "Print one JSON object instead of a table.")
  private boolean asJson;

  /** Flags that name a reference run. */
  public static final class ReferenceFlags {
    @Option(
        names = "--kl-divergence-base",
        paramLabel = "FILE",
        description = "The reference run: saved, or with --kl-divergence compared with.")
    private @Nullable Path file;

    @Option(names = "--kl-divergence", description = "Compare with the reference run.")
    private boolean isCompared;
  }

  @Override
  public Integer call() throws IOException {
    StandardStreams streams = Objects.requireNonNull(root).streams();
    if (reference.isCompared && reference.file == null) {
      throw new UsageException(
          "--kl-divergence: expected --kl-divergence-base FILE with it, found none");
    }
    RoutingMode mode = routing.mode();
    List<String> texts = textOptions.read();
    try (Model model =
        textOptions.load(modelOptions, windowSize == null ? 0 : windowSize, streams)) {
      var _ = mode.resolve(model.config()); // a flag that is wrong is told before the text is
      int size = windowSize == null ? model.config().contextLength() : windowSize;
      ScoredText text = scoring.cut(model, texts, size);
      try (Engine engine = EngineStart.of(textOptions.engine(model, mode, size), streams);
          CountBar bar = new CountBar("windows", text.windowCount(), streams)) {
        PerplexityRun run = new PerplexityRun(engine, model.config(), mode, text, bar::stepTo);
        print(run(run, streams), text, streams);
      }
    }
    return ExitCodes.DONE;
  }

  private PerplexityReport run(PerplexityRun run, StandardStreams streams) throws IOException {
    if (reference.file == null) {
      return run.score();
    }
    if (reference.isCompared) {
      return run.compare(reference.file);
    }
    streams
        .err()
        .printf(
            "mor: the reference run will take %s: %s%n",
            ByteSize.text(run.referenceBytes()), reference.file);
    return run.save(reference.file);
  }

  private void print(PerplexityReport report, ScoredText text, StandardStreams streams)
      throws IOException {
    if (asJson) {
      PerplexityJson.write(report, text, streams.out());
    } else {
      PerplexityBlock.lines(report, text).forEach(streams.out()::println);
    }
  }
}
