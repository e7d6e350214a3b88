package dev.mor4j.cli.run;

import dev.mor4j.cli.batch.BatchCommand;
import dev.mor4j.cli.batch.BatchFlags;
import dev.mor4j.cli.batch.PrintedResults;
import dev.mor4j.cli.batch.PromptFile;
import dev.mor4j.cli.command.CommandContext;
import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.options.ComputeFlags;
import dev.mor4j.cli.options.ModelOptions;
import dev.mor4j.cli.options.PromptOptions;
import dev.mor4j.cli.options.RequestFlags;
import dev.mor4j.cli.output.StatisticsBlock;
import dev.mor4j.cli.terminal.Interruption;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** The command {@code run}: generates text. */
@Command(
    name = "run",
    addMethodSubcommands = false,
    description = {
      "Continues a text.",
      "",
      "The text goes to standard output as it is generated; statistics go to standard error. Without -p and -f, the prompt is read from standard input: all of it if it is piped; on a terminal, each line is a prompt of its own. Ctrl-C stops the text.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mor run -p \"Once upon a time\" -n 80 --seed 1",
      "  mor run -p \"Once upon a time\" -n 80 --show-depth",
      "  mor run -m model.gguf -f prompt.txt --temp 0 --routing fixed:2",
      "  mor run --parallel 8 -f prompts.jsonl -o results.jsonl"
    })
public final class RunCommand implements Callable<Integer> {
  /** Stands for prompts that are typed when the engine runs. */
  private static final String TYPED_LATER = "(typed)";

  @ParentCommand private @Nullable CommandContext root;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ModelOptions modelOptions = new ModelOptions();
  @Mixin private PromptOptions promptOptions = new PromptOptions();
  @Mixin private RequestFlags requestFlags = new RequestFlags();

  @Option(
      names = "--no-display-prompt",
      description = "Print the generated text only, without the prompt.")
  private boolean hidesPrompt;

  @Option(
      names = "--show-depth",
      description =
          "Show how many recursion steps were spent to choose each generated token: by its background on a terminal, otherwise (or if NO_COLOR is set) by a superscript, as in fox³. These are the steps of the token before it; mor logits and mor embed report the steps of each token itself.")
  private boolean showsDepth;

  @Mixin private BatchFlags batchFlags = new BatchFlags();

  @Mixin private ComputeFlags computeFlags = new ComputeFlags();

  @Override
  public Integer call() throws IOException {
    StandardStreams streams = Objects.requireNonNull(root).streams();
    Optional<Integer> sequences = batchFlags.sequences();
    int exitCode = ExitCodes.DONE;
    try (Interruption interruption = new Interruption()) {
      try {
        if (sequences.isPresent()) {
          exitCode = answerAll(sequences.get(), streams, interruption);
        } else {
          answerOne(streams, interruption);
        }
      } catch (RuntimeException | IOException failure) {
        if (!interruption.isSignalled()) {
          throw failure;
        }
      }
      return interruption.isSignalled() ? ExitCodes.INTERRUPTED : exitCode;
    }
  }

  private int answerAll(int sequences, StandardStreams streams, Interruption interruption)
      throws IOException {
    if (showsDepth) {
      throw new UsageException("--show-depth: expected a single prompt, found --parallel");
    }
    PromptFile prompts =
        PromptFile.read(promptOptions.promptFile(), requestFlags.settings(), streams);
    computeFlags.check();
    BatchCommand batch =
        new BatchCommand(
            new BatchCommand.Sources(modelOptions, computeFlags, prompts, sequences),
            ShellWords.quoted(spec.root().commandLine().getParseResult().originalArgs()),
            new PrintedResults.Style(
                batchFlags.printsJson(prompts), !hidesPrompt, prompts.prompts().size()),
            streams);
    Optional<Path> output = batchFlags.output();
    return output.isPresent() ? batch.write(output.get(), interruption) : batch.print(interruption);
  }

  private void answerOne(StandardStreams streams, Interruption interruption) throws IOException {
    Optional<String> prompt = prompt(streams);
    // Before the model is read, so that wrong flags are reported at once.
    GenerationRequest request = requestFlags.settings().request(prompt.orElse(TYPED_LATER));
    computeFlags.check();
    run(request, prompt, streams, interruption);
  }

  private Optional<String> prompt(StandardStreams streams) throws IOException {
    Optional<String> prompt = promptOptions.text(streams);
    return prompt.isPresent() || streams.isInteractive()
        ? prompt
        : Optional.of(PromptOptions.read(streams.in()));
  }

  private void run(
      GenerationRequest request,
      Optional<String> prompt,
      StandardStreams streams,
      Interruption interruption)
      throws IOException {
    long start = System.nanoTime();
    try (Model model = computeFlags.load(modelOptions, 1, streams);
        Engine engine = computeFlags.start(computeFlags.engine(model), streams)) {
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
        StatisticsBlock.lines(loadTime, run.totals().sum(), request.sampling().seed().orElseThrow())
            .forEach(streams.err()::println);
      }
    }
  }

  private TextRun.Display display(Model model, StandardStreams streams) {
    DepthStyle style =
        !showsDepth
            ? DepthStyle.HIDDEN
            : streams.watchers().output() ? DepthStyle.COLORED : DepthStyle.MARKED;
    return new TextRun.Display(style, model.config().recursionCount(), !hidesPrompt);
  }

  private static void warnOfUntrainedPositions(
      Model model, Engine engine, StandardStreams streams) {
    int trained = model.config().contextLength();
    if (engine.contextSize() > trained) {
      streams
          .err()
          .printf(
              "mor: the model was trained with a context of %s tokens; text beyond it is likely to be poor%n",
              trained);
    }
  }
}
