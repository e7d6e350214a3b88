package dev.mor4j.cli.quantize;

import dev.mor4j.cli.command.CommandContext;
import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.options.EngineStart;
import dev.mor4j.cli.options.ModelOptions;
import dev.mor4j.cli.options.OutputPath;
import dev.mor4j.cli.options.RoutingOptions;
import dev.mor4j.cli.options.TextOptions;
import dev.mor4j.cli.output.CountBar;
import dev.mor4j.cli.output.OutputCheck;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.Model;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.perplexity.Scoring;
import dev.mor4j.quantize.importance.ImportanceCollector;
import dev.mor4j.quantize.importance.ImportanceFile;
import dev.mor4j.quantize.importance.ImportanceMatrix;
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

/** The command {@code imatrix}: computes an importance matrix. */
@Command(
    name = "imatrix",
    description = {
      "Computes an importance matrix: how strongly a text activates each input of each weight matrix.",
      "",
      "mor quantize --imatrix uses it, and so do llama.cpp's tools. A matrix that recursion steps share gets an entry with the sum over all steps, and one more entry for each step. Use a few hundred windows of text that is similar to what the model will be used for, and never the text that the result is evaluated on.",
      ""
    },
    footerHeading = "%nExample:%n",
    footer = {
      "  mor imatrix -m model-f16.gguf -f text.txt -o model.imatrix.gguf",
      "  mor quantize --imatrix model.imatrix.gguf model-f16.gguf small.gguf IQ3_S"
    })
public final class ImatrixCommand implements Callable<Integer> {
  /**
   * The default of llama.cpp's tool. Longer windows add little, and the first tokens of a window
   * count too.
   */
  private static final int USUAL_WINDOW = 512;

  @ParentCommand private @Nullable CommandContext root;

  @Mixin private ModelOptions modelOptions = new ModelOptions();

  @Mixin private TextOptions textOptions = new TextOptions();

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT.gguf",
      converter = OutputPath.class,
      description = "Output file; an existing file is replaced.")
  private Path output = Path.of("");

  @Option(
      names = "--chunks",
      paramLabel = "N",
      description = "Number of windows to read. Default: all.")
  private @Nullable Integer chunkCount;

  @Option(
      names = {"-c", "--ctx-size"},
      paramLabel = "WINDOW",
      description = "Tokens per window. Default: 512, or the model's context if that is smaller.")
  private @Nullable Integer windowSize;

  @Option(
      names = "--one-document",
      description =
          "Treat each text as one document and start each window with the BOS token, as llama.cpp's tool does. Default: documents are separated by lines of <|endoftext|>, and each starts with the BOS token.")
  private boolean isOneDocument;

  @Mixin private RoutingOptions routing = new RoutingOptions();

  @Override
  public Integer call() throws IOException {
    StandardStreams streams = Objects.requireNonNull(root).streams();
    if (chunkCount != null && chunkCount < 1) {
      throw new UsageException("--chunks: expected 1 or more, found " + chunkCount);
    }
    RoutingMode mode = routing.mode();
    OutputCheck.requireBinary(output, textOptions.withModel(modelOptions));
    List<String> texts = textOptions.read(streams);
    int most = windowSize == null ? USUAL_WINDOW : windowSize;
    try (Model model = textOptions.load(modelOptions, most, streams)) {
      ImportanceMatrix matrix = collect(model, mode, windows(model, texts), streams);
      ImportanceFile.write(matrix, output);
      streams
          .err()
          .printf(
              "mor: %s windows of %s tokens, %s entries: %s%n",
              matrix.chunkCount(), matrix.chunkSize(), matrix.entries().size(), output);
    }
    return ExitCodes.DONE;
  }

  private List<int[]> windows(Model model, List<String> texts) throws IOException {
    int size =
        windowSize == null ? Math.min(USUAL_WINDOW, model.config().contextLength()) : windowSize;
    Scoring cutting = isOneDocument ? Scoring.HALF : Scoring.ALL;
    List<int[]> windows = cutting.cut(model, texts, size).inputs();
    return chunkCount == null || chunkCount >= windows.size()
        ? windows
        : windows.subList(0, chunkCount);
  }

  private ImportanceMatrix collect(
      Model model, RoutingMode mode, List<int[]> windows, StandardStreams streams) {
    int size = windows.getFirst().length;
    ImportanceCollector collector = new ImportanceCollector(model.config());
    try (Engine engine =
            EngineStart.of(textOptions.engine(model, mode, size).observer(collector), streams);
        CountBar bar = new CountBar("windows", windows.size(), streams)) {
      collector.read(engine, mode, windows, bar::stepTo);
    }
    return collector.matrix(textOptions.names());
  }
}
