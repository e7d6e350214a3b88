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
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Flags of commands that read texts window by window, and the engines that do. */
public final class TextOptions {
  /** More rows at a time make nothing faster, and hold more logits. */
  private static final int MOST_ROWS = 512;

  @Option(
      names = {"-f", "--file"},
      required = true,
      paramLabel = "TEXT",
      description =
          "Text file, UTF-8; - reads standard input. CRLF line ends are read as LF, and one line end at the end of the file is dropped. Repeatable; each file is cut into windows by itself.")
  private List<Path> files = List.of();

  @Mixin private EngineFlags engineFlags = new EngineFlags();

  /** The texts' files, as they were named. */
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
   * Loads a model to where the flags say.
   *
   * @param windowSize tokens of a window; 0 if the model decides
   */
  public Model load(ModelOptions model, int windowSize, StandardStreams streams)
      throws IOException {
    CacheNeed usual = CacheNeed.DEFAULT;
    CacheNeed need = new CacheNeed(Math.max(0, windowSize), 1, 0, usual.keys(), usual.values());
    return engineFlags.load(model, need, KvTypeFlags.USUAL, streams);
  }

  /** An engine for windows of that many tokens; routing that looks ahead wants each at once. */
  public EngineBuilder engine(Model model, RoutingMode mode, int windowSize) {
    boolean isCausal = mode.resolve(model.config()).isCausal(model.config());
    EngineBuilder builder =
        Engine.builder(model)
            .contextSize(windowSize)
            .batchSize(isCausal ? Math.min(windowSize, MOST_ROWS) : windowSize);
    return engineFlags.applyTo(builder, KvTypeFlags.USUAL);
  }
}
