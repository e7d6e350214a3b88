package dev.mor4j.cli.inspect;

import dev.mor4j.cli.command.CommandContext;
import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.options.EngineFlags;
import dev.mor4j.cli.options.EngineStart;
import dev.mor4j.cli.options.ModelOptions;
import dev.mor4j.cli.options.RoutingOptions;
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
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** One sequence through the model, its numbers to a safetensors file. */
@Command(
    name = "logits",
    description = {
      "Writes the numbers of one sequence to a file.",
      "",
      "Takes the sequence through the model: logits, depths and router scores of every token, for comparisons. Keys and values are f32 unless -ctk and -ctv say otherwise.",
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

  /** Where the tokens come from. */
  static final class Source {
    @Option(
        names = "--tokens",
        paramLabel = "IDS",
        split = ",",
        description = "Token ids, as 1,2,3; nothing is added to them.")
    private int @Nullable [] tokens;

    @Option(
        names = {"-p", "--prompt"},
        paramLabel = "TEXT",
        description = "A text, to which the model's beginning-of-text token is added.")
    private @Nullable String prompt;
  }

  @Option(
      names = "--ubatch",
      paramLabel = "N",
      description = "Tokens that enter at a time, through the cache; all at once if not said.")
  private @Nullable Integer chunkSize;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT.safetensors",
      description =
          "The file to write: logits F32 [T,V], depth I32 [T], router_score.R F32 [T] for each step.")
  private Path output = Path.of("");

  @Override
  public Integer call() throws IOException {
    if (chunkSize != null && chunkSize < 1) {
      throw new InvalidConfigException("--ubatch", "1 or more", chunkSize.toString());
    }
    StandardStreams streams = Objects.requireNonNull(root).streams();
    try (Model model = engineFlags.load(modelOptions, CacheNeed.DEFAULT, USUAL_KV_TYPE, streams)) {
      int[] tokens = tokens(model);
      EvaluationRequest request =
          new EvaluationRequest(tokens, routing.mode(), chunkSize == null ? 0 : chunkSize);
      EngineBuilder builder =
          Engine.builder(model).contextSize(tokens.length).batchSize(tokens.length);
      try (Engine engine = EngineStart.of(engineFlags.applyTo(builder, USUAL_KV_TYPE), streams)) {
        write(engine.evaluate(request), tokens.length);
      }
    }
    return ExitCodes.DONE;
  }

  private int[] tokens(Model model) throws IOException {
    if (source.tokens != null) {
      return source.tokens;
    }
    return source.prompt == null ? new int[0] : model.encode(source.prompt);
  }

  private void write(Evaluation numbers, int tokenCount) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
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
