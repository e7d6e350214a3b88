package dev.mor4j.cli;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.sampling.SamplingOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Writes text with a model. */
@Command(
    name = "run",
    description = {
      "Continues a text.",
      "",
      "The text goes to standard output as it is written; what it took goes to standard error. Without -p and -f, standard input is the prompt: all of it if it is piped, each line by itself if it is typed. Ctrl-C ends the text.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mor run -p \"Once upon a time\" -n 80 --seed 1",
      "  mor run -p \"Once upon a time\" -n 80 --seed 1 --show-depth",
      "  mor run -m model.gguf -f prompt.txt --temp 0 --routing fixed:2"
    })
final class RunCommand implements Callable<Integer> {
  @ParentCommand private @Nullable MorCli root;

  @Mixin private ModelOptions modelOptions = new ModelOptions();
  @Mixin private PromptOptions promptOptions = new PromptOptions();

  @Option(
      names = {"-n", "--predict"},
      paramLabel = "N",
      description = "Most tokens to write; -1, the default, until the text or the context ends.")
  private int maxTokens = GenerationRequest.UNTIL_END;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End the text before TEXT; may be given several times.")
  private List<String> stops = List.of();

  @Option(
      names = "--no-display-prompt",
      description = "Print the continuation only, without the prompt before it.")
  private boolean hidesPrompt;

  @Option(
      names = "--show-depth",
      description =
          "Show how many recursion steps each generated token took to choose: by its background on a terminal, else (or if NO_COLOR is set) by a raised number behind it, as in fox³.")
  private boolean showsDepth;

  @ArgGroup(validate = false, heading = "%nRecursion depth:%n", order = 1)
  private RoutingOptions routing = new RoutingOptions();

  @ArgGroup(validate = false, heading = "%nSampling:%n", order = 2)
  private SamplingFlags samplingFlags = new SamplingFlags();

  @ArgGroup(validate = false, heading = "%nComputing:%n", order = 3)
  private ComputeFlags computeFlags = new ComputeFlags();

  @Override
  public Integer call() throws IOException {
    StandardStreams streams = Objects.requireNonNull(root).streams();
    SamplingOptions sampling = samplingFlags.options();
    GenerationRequest.Builder request =
        GenerationRequest.builder()
            .sampling(sampling)
            .routing(routing.mode())
            .maxTokens(maxTokens)
            .stop(stops);
    Optional<String> prompt = prompt(streams);
    // Bad flags are told before the model is read.
    request.prompt(prompt.orElse("typed later")).build();
    computeFlags.check();
    try (Interruption interruption = new Interruption()) {
      try {
        run(request, prompt, sampling, streams, interruption);
      } catch (RuntimeException | IOException failure) {
        if (!interruption.isSignalled()) {
          throw failure;
        }
      }
      return interruption.isSignalled() ? ExitCodes.INTERRUPTED : ExitCodes.DONE;
    }
  }

  private Optional<String> prompt(StandardStreams streams) throws IOException {
    Optional<String> prompt = promptOptions.text();
    return prompt.isPresent() || streams.isInteractive()
        ? prompt
        : Optional.of(PromptOptions.read(streams.in()));
  }

  private void run(
      GenerationRequest.Builder request,
      Optional<String> prompt,
      SamplingOptions sampling,
      StandardStreams streams,
      Interruption interruption)
      throws IOException {
    long start = System.nanoTime();
    try (Model model = modelOptions.load();
        Engine engine = computeFlags.engine(model)) {
      Duration loadTime = Duration.ofNanos(System.nanoTime() - start);
      warnOfUntrainedPositions(model, engine, streams);
      TextRun.Display display = display(model, streams);
      if (showsDepth) {
        streams.err().println(display.depthStyle().legend(display.deepest()));
      }
      TextRun run = new TextRun(engine, request, display, streams, interruption);
      if (prompt.isPresent()) {
        run.write(prompt.get());
      } else {
        run.converse();
      }
      if (run.totals().count() > 0) {
        streams.err().println();
        StatisticsBlock.lines(loadTime, run.totals().sum(), sampling.seed().orElseThrow())
            .forEach(streams.err()::println);
      }
    }
  }

  private TextRun.Display display(Model model, StandardStreams streams) {
    DepthStyle style =
        !showsDepth
            ? DepthStyle.HIDDEN
            : streams.watchers().output() ? DepthStyle.COLOURED : DepthStyle.MARKED;
    return new TextRun.Display(style, model.config().recursionCount(), !hidesPrompt);
  }

  private static void warnOfUntrainedPositions(
      Model model, Engine engine, StandardStreams streams) {
    int trained = model.config().contextLength();
    if (engine.contextSize() > trained) {
      streams
          .err()
          .printf(
              "mor: the model was trained on %d positions; text beyond them is likely to be bad%n",
              trained);
    }
  }
}
