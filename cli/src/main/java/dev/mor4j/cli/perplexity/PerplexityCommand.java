package dev.mor4j.cli.perplexity;

import dev.mor4j.cli.command.CommandContext;
import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.options.EngineStart;
import dev.mor4j.cli.options.ModelOptions;
import dev.mor4j.cli.options.OutputPath;
import dev.mor4j.cli.options.RoutingOptions;
import dev.mor4j.cli.options.TextOptions;
import dev.mor4j.cli.output.ByteSize;
import dev.mor4j.cli.output.CountBar;
import dev.mor4j.cli.output.OutputCheck;
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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code mor perplexity}: scores texts, alone or against a reference run. */
@Command(
    name = "perplexity",
    description = {
      "Computes the perplexity of a text, and the divergence from a reference run.",
      "",
      "--save-reference saves the run: the log-probabilities of every scored position, and the depths of all tokens. --compare compares this run with a saved one: the Kullback-Leibler divergence, and the routing flip rate, which is the share of pairs of token and recursion step that only one of the two runs computed.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mor perplexity -m model-f32.gguf -f text.txt --save-reference f32.ref",
      "  mor perplexity -m model-q8_0.gguf -f text.txt --compare f32.ref"
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
          "all: every position; documents are separated by lines <|endoftext|>, and each starts with the model's BOS token. half: the second half of each window, as llama.cpp's tool does. Default: ${DEFAULT-VALUE}.")
  private Scoring scoring = Scoring.ALL;

  @Option(
      names = {"-c", "--ctx-size"},
      paramLabel = "WINDOW",
      description = "Tokens per window. Default: the model's context.")
  private @Nullable Integer windowSize;

  @Mixin private ReferenceFlags reference = new ReferenceFlags();

  @Mixin private RoutingOptions routing = new RoutingOptions();

  @Option(names = "--json", description = "Print one JSON object instead of a table.")
  private boolean asJson;

  /** Flags that name a reference run. */
  public static final class ReferenceFlags {
    @Option(
        names = "--save-reference",
        paramLabel = "FILE",
        converter = OutputPath.class,
        description = "Save this run as a reference run in a new file.")
    private @Nullable Path saved;

    @Option(
        names = "--compare",
        paramLabel = "FILE",
        description = "Compare this run with the reference run in FILE.")
    private @Nullable Path compared;

    @Option(
        names = "--kl-divergence-base",
        paramLabel = "FILE",
        description =
            "llama.cpp's name for --save-reference FILE or, together with --kl-divergence, for --compare FILE.")
    private @Nullable Path base;

    @Option(
        names = "--kl-divergence",
        description =
            "llama.cpp's flag to compare with the file of --kl-divergence-base instead of saving it.")
    private boolean isBaseCompared;

    /** Resolves llama.cpp's flags to the other two, and checks that one file is named at most. */
    void resolve() {
      if (isBaseCompared && base == null) {
        throw new UsageException(
            "--kl-divergence: expected --kl-divergence-base FILE with it, found none");
      }
      List<Path> files = Stream.of(saved, compared, base).filter(Objects::nonNull).toList();
      if (files.size() > 1) {
        throw new UsageException(
            "expected one of --save-reference, --compare and --kl-divergence-base, found "
                + files.size());
      }
      if (isBaseCompared) {
        compared = base;
      } else if (base != null) {
        saved = base;
      }
    }
  }

  @Override
  public Integer call() throws IOException {
    StandardStreams streams = Objects.requireNonNull(root).streams();
    reference.resolve();
    if (reference.saved != null) {
      OutputCheck.requireApartFrom(
          "the result", reference.saved, textOptions.withModel(modelOptions));
    }
    RoutingMode mode = routing.mode();
    List<String> texts = textOptions.read(streams);
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
    if (reference.compared != null) {
      return run.compare(reference.compared);
    }
    if (reference.saved == null) {
      return run.score();
    }
    streams
        .err()
        .println(
            "mor: the reference run will take "
                + ByteSize.text(run.referenceBytes())
                + ": "
                + reference.saved);
    return run.save(reference.saved);
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
