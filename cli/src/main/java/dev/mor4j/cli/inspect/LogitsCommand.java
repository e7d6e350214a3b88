package dev.mor4j.cli.inspect;

import dev.mor4j.cli.command.CommandContext;
import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.options.EngineFlags;
import dev.mor4j.cli.options.EngineStart;
import dev.mor4j.cli.options.ModelOptions;
import dev.mor4j.cli.options.OutputPath;
import dev.mor4j.cli.options.PromptOptions;
import dev.mor4j.cli.options.RoutingOptions;
import dev.mor4j.cli.output.OutputCheck;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.Evaluation;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.placement.CacheNeed;
import dev.mor4j.quantize.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** The command {@code logits}: writes logits, depths and router scores of a text to a file. */
@Command(
    name = "logits",
    description = {
      "Writes the logits, depths and router scores of a text to a file.",
      "",
      "Use it to compare mor with other implementations. A token's depth is the number of steps that it took itself; mor run --show-depth shows those of the token before it.",
      ""
    })
public final class LogitsCommand implements Callable<Integer> {
  private static final String USUAL_KV_TYPE = "f32";

  @ParentCommand private @Nullable CommandContext root;

  @Mixin private ModelOptions modelOptions = new ModelOptions();
  @Mixin private RoutingOptions routing = new RoutingOptions();
  @Mixin private EngineFlags engineFlags = new EngineFlags();

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Source source = new Source();

  /** The flags for the tokens, of which one is given. */
  static final class Source {
    @Option(
        names = "--tokens",
        paramLabel = "IDS",
        split = ",",
        description = "Token ids, as in 1,2,3; no BOS token is added.")
    private int @Nullable [] tokens;

    @Option(
        names = {"-p", "--prompt"},
        paramLabel = "TEXT",
        description = "A text; the model's BOS token is added.")
    private @Nullable String prompt;

    @Option(
        names = {"-f", "--file"},
        paramLabel = "FILE",
        description = "Text file, UTF-8; - reads standard input. The model's BOS token is added.")
    private @Nullable Path file;
  }

  @Option(
      names = "--ubatch",
      paramLabel = "N",
      description = "Tokens per batch. Default: all at once.")
  private @Nullable Integer chunkSize;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT.safetensors",
      converter = OutputPath.class,
      description =
          "Output file (safetensors): tokens I32 [T], logits F32 [T,V], depth I32 [T], and router_score.R F32 [T] of each step R.")
  private Path output = Path.of("");

  @Override
  public Integer call() throws IOException {
    if (chunkSize != null && chunkSize < 1) {
      throw new InvalidConfigException("--ubatch", "1 or more", chunkSize.toString());
    }
    OutputCheck.requireBinary(output, inputs());
    StandardStreams streams = Objects.requireNonNull(root).streams();
    try (Model model = engineFlags.load(modelOptions, CacheNeed.DEFAULT, USUAL_KV_TYPE, streams)) {
      int[] tokens = tokens(model, streams);
      EvaluationRequest request =
          new EvaluationRequest(tokens, routing.mode(), chunkSize == null ? 0 : chunkSize);
      EngineBuilder builder =
          Engine.builder(model).contextSize(tokens.length).batchSize(tokens.length);
      try (Engine engine = EngineStart.of(engineFlags.applyTo(builder, USUAL_KV_TYPE), streams)) {
        write(engine.evaluate(request), tokens);
      }
    }
    return ExitCodes.DONE;
  }

  private List<Path> inputs() {
    Path model = modelOptions.path();
    return source.file == null ? List.of(model) : List.of(model, source.file);
  }

  private int[] tokens(Model model, StandardStreams streams) throws IOException {
    int[] tokens = source.tokens == null ? model.encode(text(streams)) : source.tokens;
    int contextLength = model.config().contextLength();
    if (tokens.length > contextLength) {
      throw new InvalidConfigException(
          "text",
          "at most %s tokens, the context of the model".formatted(contextLength),
          String.valueOf(tokens.length));
    }
    return tokens;
  }

  private String text(StandardStreams streams) throws IOException {
    return source.file == null
        ? Objects.requireNonNull(source.prompt)
        : PromptOptions.read(source.file, streams);
  }

  private void write(Evaluation numbers, int[] tokens) throws IOException {
    int tokenCount = tokens.length;
    SafetensorsWriter writer = new SafetensorsWriter();
    writer.ints("tokens", tokens, tokenCount);
    writer.floats(
        "logits", numbers.logits(), tokenCount, numbers.logits().length / (long) tokenCount);
    writer.ints("depth", numbers.depths(), tokenCount);
    float[][] scores = numbers.routerScores();
    for (int step = 0; step < scores.length; step++) {
      writer.floats("router_score." + step, scores[step], tokenCount);
    }
    writer.write(output);
  }
}
