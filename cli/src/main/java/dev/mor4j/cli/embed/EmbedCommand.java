package dev.mor4j.cli.embed;

import dev.mor4j.cli.command.CommandContext;
import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.options.ComputeFlags;
import dev.mor4j.cli.options.ModelOptions;
import dev.mor4j.cli.options.PromptOptions;
import dev.mor4j.cli.options.RoutingOptions;
import dev.mor4j.cli.terminal.Interruption;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.EmbeddingRequest;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.Model;
import dev.mor4j.engine.Pooling;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** The command {@code embed}: prints embeddings of texts. */
@Command(
    name = "embed",
    description = {
      "Prints embeddings of texts: the model's last hidden states.",
      "",
      "Each line of the input that is not blank is a text; without -p and -f, the input is standard input. Each result is a JSON line with the text, its number of tokens, the recursion depth of each token, and the embedding, or one embedding per token with --pooling none. A token's depth is the number of steps that it took itself; mor run --show-depth shows those of the token before it.",
      ""
    })
public final class EmbedCommand implements Callable<Integer> {
  private static final int NOT_SCALED = -1;
  private static final int EUCLIDEAN = 2;

  @ParentCommand private @Nullable CommandContext root;

  @Mixin private ModelOptions modelOptions = new ModelOptions();
  @Mixin private PromptOptions promptOptions = new PromptOptions();

  @Option(
      names = "--pooling",
      paramLabel = "KIND",
      description =
          "How to combine the embeddings of the tokens: none, mean or last. Default: mean.")
  private Pooling pooling = Pooling.MEAN;

  @Option(
      names = "--embd-normalize",
      paramLabel = "N",
      description = "Normalization: 2 scales to Euclidean length 1, -1 does not scale. Default: 2.")
  private int normalization = EUCLIDEAN;

  @Option(
      names = {"-np", "--parallel"},
      paramLabel = "N",
      description =
          "Number of texts that are computed at the same time. Default: ${DEFAULT-VALUE}.")
  private int sequences = 4;

  @Mixin private RoutingOptions routing = new RoutingOptions();

  @Mixin private ComputeFlags computeFlags = new ComputeFlags();

  @Override
  public Integer call() throws IOException {
    StandardStreams streams = Objects.requireNonNull(root).streams();
    EmbeddingRequest.Builder request = request();
    computeFlags.check();
    List<EmbedRun.Line> lines = EmbedRun.lines(input(streams));
    try (Interruption interruption = new Interruption();
        Model model = computeFlags.load(modelOptions, sequences, streams);
        Engine engine =
            computeFlags.start(
                computeFlags
                    .engine(model)
                    .parallel(sequences)
                    .queueSize(EmbedRun.mostRequests(sequences)),
                streams)) {
      interruption.watch(engine::close);
      boolean isDone = new EmbedRun(engine, request, streams.out()).print(lines);
      return isDone ? ExitCodes.DONE : ExitCodes.INTERRUPTED;
    }
  }

  private EmbeddingRequest.Builder request() {
    if (normalization != EUCLIDEAN && normalization != NOT_SCALED) {
      throw new UsageException(
          "--embd-normalize: expected 2 (Euclidean) or -1 (none), found " + normalization);
    }
    return EmbeddingRequest.builder()
        .pooling(pooling)
        .normalized(normalization == EUCLIDEAN)
        .routing(routing.mode());
  }

  private String input(StandardStreams streams) throws IOException {
    Optional<String> given = promptOptions.text(streams);
    return given.isPresent() ? given.get() : PromptOptions.read(streams.in());
  }
}
