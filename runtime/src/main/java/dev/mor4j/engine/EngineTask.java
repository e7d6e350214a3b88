package dev.mor4j.engine;

import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.Sequence;
import dev.mor4j.forward.CodaResults;
import java.util.Map;
import java.util.Optional;

/**
 * One request on its way through the engine. Anyone may cancel it; all else is for the engine's
 * thread.
 */
abstract sealed class EngineTask permits GenerationTask, EvaluationTask, EmbeddingTask, PrefixTask {
  private volatile boolean isCancelled;
  private Runnable onLeaving = () -> {};

  /** Its tokens in the batch. */
  abstract Sequence sequence();

  /**
   * Takes the numbers of tokens that went through all stages.
   *
   * @param results of this chunk, until this returns
   * @return why it came to its end; empty if it wants more
   */
  abstract Optional<FinishReason> accept(Chunk chunk, CodaResults results);

  /**
   * Comes to its end.
   *
   * @param kvBytes bytes of keys and values that it held, by part of the cache
   */
  abstract void end(FinishReason reason, Map<String, Long> kvBytes);

  /** Tells whoever waits that it will not be done. */
  abstract void fail(RuntimeException cause);

  /**
   * Whether its keys and values stay for others when it has ended.
   *
   * @param reason why it ended
   */
  boolean keepsPlace(FinishReason reason) {
    return false;
  }

  /**
   * Why it must stop before its end, if it must.
   *
   * @param now as {@link System#nanoTime}
   */
  Optional<FinishReason> stopReason(long now) {
    return isCancelled ? Optional.of(FinishReason.CANCELLED) : Optional.empty();
  }

  /** What is to be done when the engine has nothing more to do with it. */
  final void onLeaving(Runnable action) {
    onLeaving = action;
  }

  final void left() {
    onLeaving.run();
  }

  final void cancel() {
    isCancelled = true;
  }
}
