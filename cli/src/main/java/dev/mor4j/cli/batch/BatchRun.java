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
 * Answers many prompts at once and puts the results out in order, each as soon as its turn comes.
 * Ends early when the engine is closed: then what comes before the first unfinished text is out.
 */
final class BatchRun {
  /** Requests begun for each that runs, so that a free place is taken at once. */
  private static final int REQUESTS_PER_PLACE = 2;

  private static final String CONTEXT_FLAG = "-c";

  private final Engine engine;
  private final BatchSink sink;
  private final BatchTotals totals;
  private final Semaphore places;
  private final Queue<Pending> pending = new ArrayDeque<>();
  private boolean isStopped;

  /** A request that was begun; its text is complete when the outcome is. */
  private record Pending(
      BatchPrompt prompt, StringBuilder text, CompletableFuture<GenerationStatistics> outcome) {}

  /**
   * @param totals counts what comes
   */
  BatchRun(Engine engine, BatchSink sink, BatchTotals totals) {
    this.engine = engine;
    this.sink = sink;
    this.totals = totals;
    places = new Semaphore(mostRequests(engine.parallel()));
  }

  /** Most requests that an engine has at a time. */
  static int mostRequests(int parallel) {
    return parallel * REQUESTS_PER_PLACE;
  }

  /** Answers prompts; returns when all are answered or the engine is closed. */
  void answer(List<BatchPrompt> prompts) throws IOException {
    for (BatchPrompt prompt : prompts) {
      // Given back by each request that ends, which is when a result's turn may have come.
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

  /** Waits for the first result that is not out yet. */
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
      // What was counted before stays.
      isStopped = true;
    }
  }
}
