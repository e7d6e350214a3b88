package dev.mor4j.cli.options;

import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.Model;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.placement.CacheNeed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Flags for commands that process texts in windows, and engines for that. */
public final class TextOptions {
  /** Maximum number of rows per batch: larger batches are not faster and hold more logits. */
  private static final int MOST_ROWS = 512;

  @Option(
      names = {"-f", "--file"},
      required = true,
      paramLabel = "TEXT",
      description =
          "Text file, UTF-8; - reads standard input. CRLF line ends are read as LF, and one line end at the end of the file is dropped. Repeatable; each file is cut into windows by itself.")
  private List<Path> files = List.of();

  @Mixin private EngineFlags engineFlags = new EngineFlags();

  /** All files that the command reads: the texts and the model. */
  public List<Path> withModel(ModelOptions model) {
    return Stream.concat(files.stream(), Stream.of(model.path())).toList();
  }

  /** The names of the files as they were given. */
  public List<String> names() {
    return files.stream().map(Path::toString).toList();
  }

  public List<String> read(StandardStreams streams) throws IOException {
    List<String> texts = new ArrayList<>();
    for (Path file : files) {
      texts.add(PromptOptions.read(file, streams));
    }
    return texts;
  }

  /**
   * Loads a model to the device that the flags name.
   *
   * @param windowSize number of tokens per window; 0 for the model's context
   */
  public Model load(ModelOptions model, int windowSize, StandardStreams streams)
      throws IOException {
    CacheNeed defaults = CacheNeed.DEFAULT;
    CacheNeed need =
        new CacheNeed(Math.max(0, windowSize), 1, 0, defaults.keys(), defaults.values());
    return engineFlags.load(model, need, KvTypeFlags.DEFAULT, streams);
  }

  /**
   * A builder of an engine for windows of a given size. Routing that is not causal needs each
   * window in one batch.
   */
  public EngineBuilder engine(Model model, RoutingMode mode, int windowSize) {
    boolean isCausal = mode.resolve(model.config()).isCausal(model.config());
    EngineBuilder builder =
        Engine.builder(model)
            .contextSize(windowSize)
            .batchSize(isCausal ? Math.min(windowSize, MOST_ROWS) : windowSize);
    return engineFlags.applyTo(builder, KvTypeFlags.DEFAULT);
  }
}
