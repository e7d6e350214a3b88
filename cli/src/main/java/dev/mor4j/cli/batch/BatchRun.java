package dev.mor4j.cli.batch;

import dev.mor4j.cli.command.FailureText;
import dev.mor4j.cli.options.FlagNames;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.FinishReason;
import dev.mor4j.engine.GenerationStatistics;
import dev.mor4j.model.InvalidConfigException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;

/**
 * Runs many prompts at the same time and writes the results in the order of the prompts, each as
 * soon as all results before it are written. If the engine is closed, the results before the first
 * unfinished text are written.
 */
final class BatchRun {
  /** Submitted requests per running sequence, so that a sequence that ends is replaced at once. */
  private static final int REQUESTS_PER_PLACE = 2;

  private static final String CONTEXT_FLAG = "-c";

  private final Engine engine;
  private final BatchSink sink;
  private final BatchTotals totals;
  private final Semaphore places;
  private final Queue<Pending> pending = new ArrayDeque<>();
  private boolean isStopped;

  /** A submitted request. Its text is complete when its outcome is. */
  private record Pending(
      BatchPrompt prompt, StringBuilder text, CompletableFuture<GenerationStatistics> outcome) {}

  /**
   * Creates a run.
   *
   * @param totals collects the statistics of all results
   */
  BatchRun(Engine engine, BatchSink sink, BatchTotals totals) {
    this.engine = engine;
    this.sink = sink;
    this.totals = totals;
    places = new Semaphore(mostRequests(engine.parallel()));
  }

  /** Maximum number of requests that are submitted to the engine at the same time. */
  static int mostRequests(int parallel) {
    return parallel * REQUESTS_PER_PLACE;
  }

  /** Runs prompts; returns when all have results or the engine is closed. */
  void answer(List<BatchPrompt> prompts) throws IOException {
    for (BatchPrompt prompt : prompts) {
      // A request that ends releases its permit; then the oldest result may be ready.
      places.acquireUninterruptibly();
      while (!isStopped && !pending.isEmpty() && pending.element().outcome().isDone()) {
        writeNext();
      }
      if (isStopped) {
        return;
      }
      begin(prompt);
    }
    while (!isStopped && !pending.isEmpty()) {
      writeNext();
    }
  }

  private void begin(BatchPrompt prompt) {
    StringBuilder text = new StringBuilder();
    CompletableFuture<GenerationStatistics> outcome;
    try {
      outcome = engine.generate(prompt.request(), token -> text.append(token.text()));
    } catch (InvalidConfigException | EngineException refusal) {
      outcome = CompletableFuture.failedFuture(refusal);
    } catch (IllegalStateException engineClosed) {
      isStopped = true;
      return;
    }
    pending.add(new Pending(prompt, text, outcome));
    var _ = outcome.whenComplete((statistics, failure) -> places.release());
  }

  /** Waits for the oldest pending result and writes it. */
  private void writeNext() throws IOException {
    Pending next = pending.remove();
    try {
      GenerationStatistics statistics = next.outcome().join();
      if (statistics.finishReason() == FinishReason.CANCELLED) {
        isStopped = true;
        return;
      }
      totals.add(statistics);
      sink.write(new BatchResult.Answered(next.prompt(), next.text().toString(), statistics));
    } catch (CompletionException failure) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      BatchResult.Failed result =
          new BatchResult.Failed(
              next.prompt(), FlagNames.addTo(FailureText.line(cause), CONTEXT_FLAG::equals));
      totals.add(result);
      sink.write(result);
    }
    sample();
  }

  private void sample() {
    try {
      totals.add(engine.metrics());
    } catch (IllegalStateException engineClosed) {
      // The metrics that were taken before remain.
      isStopped = true;
    }
  }
}
