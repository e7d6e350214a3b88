package dev.mor4j.engine;

import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.Sequence;
import dev.mor4j.forward.CodaResults;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * One request while the engine works on it: its sequence, its deadline and its outcome. {@link
 * #cancel} and {@link #outcome} are for any thread, everything else for the engine's thread.
 *
 * @param <R> the result
 */
abstract sealed class EngineTask<R>
    permits GenerationTask, EvaluationTask, EmbeddingTask, PrefixTask {
  private final Sequence sequence;
  private final Deadline deadline;
  private final CompletableFuture<R> outcome = new CompletableFuture<>();

  /** Tokens whose recursion depths are recorded. */
  private int recordedTokens;

  private volatile boolean isCancelled;
  private Runnable onRelease = () -> {};

  /**
   * @param sequence tokens of the request
   * @param timeLimit counted from now
   */
  EngineTask(Sequence sequence, Optional<Duration> timeLimit) {
    this.sequence = sequence;
    deadline = Deadline.in(timeLimit);
    var _ = outcome.whenComplete((result, failure) -> cancel());
  }

  /** The tokens of the request in the batch. */
  final Sequence sequence() {
    return sequence;
  }

  /** When the request was submitted, as {@link System#nanoTime}. */
  final long startNanos() {
    return deadline.start();
  }

  /**
   * The result or the failure. It is completed on a virtual thread, so dependent actions may block
   * or close the engine. Completing it from outside, by cancelling it for example, cancels the
   * task.
   */
  final CompletableFuture<R> outcome() {
    return outcome;
  }

  /**
   * Takes the results of a chunk that completed all stages.
   *
   * @param results of this chunk, valid until this returns
   * @return why the task has finished; empty if it continues
   */
  final Optional<FinishReason> accept(Chunk chunk, CodaResults results) {
    for (; recordedTokens < sequence.completedCount(); recordedTokens++) {
      recordDepth(recordedTokens, sequence.depth(recordedTokens));
    }
    return read(chunk, results);
  }

  /**
   * Records the recursion depth of a token, in the order of positions and before {@link #read} sees
   * the token's results. Tokens taken over from another sequence are included.
   */
  abstract void recordDepth(int position, int depth);

  /** As {@link #accept}, once depths are recorded. */
  abstract Optional<FinishReason> read(Chunk chunk, CodaResults results);

  /** {@link FinishReason#LENGTH} if a chunk ends the sequence; for sequences that do not grow. */
  final Optional<FinishReason> lengthIfLast(Chunk chunk) {
    return chunk.firstPosition() + chunk.rowCount() == sequence.size()
        ? Optional.of(FinishReason.LENGTH)
        : Optional.empty();
  }

  /**
   * The result of a task that has finished or was stopped.
   *
   * @param kvBytes bytes of keys and values that the sequence held, by part of the cache
   * @throws EngineException if there is no result for this reason
   */
  abstract R result(FinishReason reason, Map<String, Long> kvBytes);

  /**
   * Checks that a task without partial results was not stopped.
   *
   * @param what the task in words, for the message
   * @throws EngineException if it was cancelled or exceeded its time limit
   */
  static void requireFinished(FinishReason reason, String what) {
    if (reason != FinishReason.LENGTH) {
      throw new EngineException(
          reason == FinishReason.TIME_LIMIT
              ? "the %s exceeded its time limit".formatted(what)
              : "the %s was cancelled".formatted(what));
    }
  }

  /** Whether the keys and values of the sequence stay in the cache for other sequences. */
  boolean keepsSequence(FinishReason reason) {
    return false;
  }

  /**
   * Why the task must be stopped; empty if it may continue.
   *
   * @param now as {@link System#nanoTime}
   */
  final Optional<FinishReason> stopReason(long now) {
    if (deadline.isOver(now)) {
      return Optional.of(FinishReason.TIME_LIMIT);
    }
    return isCancelled ? Optional.of(FinishReason.CANCELLED) : Optional.empty();
  }

  /** Completes the outcome of a task that has finished or was stopped. */
  final void end(FinishReason reason, Map<String, Long> kvBytes) {
    try {
      R result = result(reason, kvBytes);
      Thread.startVirtualThread(() -> outcome.complete(result));
    } catch (EngineException stopped) {
      fail(stopped);
    }
  }

  /** Completes the outcome with a failure. */
  final void fail(RuntimeException cause) {
    Thread.startVirtualThread(() -> outcome.completeExceptionally(cause));
  }

  /** Sets the action that runs when the engine releases the task. */
  final void onRelease(Runnable action) {
    onRelease = action;
  }

  /** Called once when the engine no longer holds the task. */
  final void released() {
    onRelease.run();
  }

  /** Asks the engine to stop the task. */
  final void cancel() {
    isCancelled = true;
  }
}
