package dev.mor4j.perplexity;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EvaluatedRows;
import dev.mor4j.engine.EvaluationReader;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.files.OutputTarget;
import dev.mor4j.ggml.LogSumExp;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Scores a text window by window. Holds the logits of one chunk, never those of the whole text. A
 * chunk has at most the engine's batch size; under top-k routing it is a whole window.
 */
public final class PerplexityRun {
  private final Engine engine;
  private final MorConfig config;
  private final RoutingMode routing;
  private final ScoredText text;
  private final IntConsumer progress;

  /**
   * @param engine an engine of the model that the text was cut for, with a context of at least a
   *     window
   * @param config the model's configuration
   * @param progress receives the number of finished windows, after each
   */
  public PerplexityRun(
      Engine engine, MorConfig config, RoutingMode routing, ScoredText text, IntConsumer progress) {
    this.engine = engine;
    this.config = config;
    this.routing = routing;
    this.text = text;
    this.progress = progress;
  }

  /**
   * Scores the text.
   *
   * @throws dev.mor4j.engine.EngineException if the model computes NaN or infinite logits
   */
  public PerplexityReport score() throws IOException {
    return run(WindowObserver.NONE, Optional.empty());
  }

  /** The size in bytes of the file that {@link #save} writes. */
  public long referenceBytes() {
    return layout().fileBytes();
  }

  /**
   * Scores the text, and saves all log-probabilities and depths as a reference run for {@link
   * #compare}. The file appears under its name when it is complete, and not at all if the run
   * fails.
   *
   * @throws java.nio.file.FileAlreadyExistsException if the file exists
   * @throws IOException if the disk has too little space, or the file cannot be written
   * @throws dev.mor4j.engine.EngineException as {@link #score}
   */
  public PerplexityReport save(Path file) throws IOException {
    try (ReferenceWriter writer = new ReferenceWriter(file, layout())) {
      requireSpace(file);
      PerplexityReport report = run(writer, Optional.empty());
      writer.commit();
      return report;
    }
  }

  /**
   * Scores the text, and compares the results with a reference run.
   *
   * @param file a file that {@link #save} wrote
   * @throws IOException if the reference run has other tokens, windows or sizes, or the file is
   *     damaged or cannot be read
   * @throws dev.mor4j.engine.EngineException as {@link #score}
   */
  public PerplexityReport compare(Path file) throws IOException {
    try (ReferenceComparison comparison = new ReferenceComparison(file, layout())) {
      return run(comparison, Optional.of(comparison.divergence()));
    }
  }

  private ReferenceLayout layout() {
    return ReferenceLayout.of(text, config.vocabularySize(), config.recursionCount());
  }

  private void requireSpace(Path file) throws IOException {
    OutputTarget target = OutputTarget.of(file);
    if (target.isStream()) {
      return;
    }
    Path folder = target.file().getParent();
    FileStore store = Files.getFileStore(folder == null ? file : folder);
    if (store.getUsableSpace() < referenceBytes()) {
      throw new FileSystemException(
          file.toString(),
          null,
          "expected %s bytes of free disk space, found %s: use less text or another disk"
              .formatted(referenceBytes(), store.getUsableSpace()));
    }
  }

  private PerplexityReport run(WindowObserver observer, Optional<Divergence> divergence)
      throws IOException {
    PerplexityScore score = new PerplexityScore();
    DepthHistogram depths = new DepthHistogram(config.recursionCount());
    long start = System.nanoTime();
    try {
      int done = 0;
      for (ScoredWindow window : text.windows()) {
        WindowReader reader = new WindowReader(window, score, observer);
        observer.begin(window);
        engine.evaluate(
            new EvaluationRequest(window.inputs(), routing, 0), window.firstScored(), reader);
        observer.end(reader.depths);
        depths.add(reader.depths);
        progress.accept(++done);
      }
    } catch (UncheckedIOException failure) {
      throw failure.getCause();
    }
    Duration time = Duration.ofNanos(System.nanoTime() - start);
    return new PerplexityReport(score, depths, time, divergence);
  }

  /** Reads the results of one window, chunk by chunk. */
  private final class WindowReader implements EvaluationReader {
    private final ScoredWindow window;
    private final PerplexityScore score;
    private final WindowObserver observer;
    private final float[] logProbabilities = new float[config.vocabularySize()];
    private final int[] depths;

    WindowReader(ScoredWindow window, PerplexityScore score, WindowObserver observer) {
      this.window = window;
      this.score = score;
      this.observer = observer;
      depths = new int[window.inputs().length];
    }

    @Override
    public void accept(EvaluatedRows rows) {
      System.arraycopy(rows.depths(), 0, depths, rows.firstPosition(), rows.depths().length);
      int firstTarget = rows.firstOutput() - window.firstScored();
      int rowCount =
          Math.min(
              rows.logits().length / config.vocabularySize(),
              window.targets().length - firstTarget);
      double[] logSums = logSums(rows.logits(), rowCount);
      try {
        for (int row = 0; row < rowCount; row++) {
          int first = row * config.vocabularySize();
          int target = window.targets()[firstTarget + row];
          score.add(rows.logits()[first + target] - logSums[row]);
          observe(rows.logits(), first, logSums[row], target);
        }
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    private void observe(float[] logits, int first, double logSum, int target) throws IOException {
      for (int token = 0; token < logProbabilities.length; token++) {
        logProbabilities[token] = (float) (logits[first + token] - logSum);
      }
      observer.position(logProbabilities, target);
    }

    /** In parallel, as this is most of the work here and the rows are independent. */
    private double[] logSums(float[] logits, int rowCount) {
      int vocabulary = config.vocabularySize();
      return IntStream.range(0, Math.max(0, rowCount))
          .parallel()
          .mapToDouble(row -> LogSumExp.of(logits, row * vocabulary, vocabulary))
          .toArray();
    }
  }
}
