package dev.mor4j.engine;

import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.Sequence;
import dev.mor4j.forward.CodaResults;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Takes one text through the model for its last hidden states; the head is left out. */
final class EmbeddingTask extends EngineTask {
  private final Sequence sequence;
  private final boolean isNormalized;
  private final int length;
  private final HiddenPool pool;
  private final int[] depths;

  /** Tokens whose depths are known. */
  private int passed;

  private final Deadline deadline;
  private final CompletableFuture<Embedding> outcome = new CompletableFuture<>();

  /**
   * @param sequence wants the hidden states that the pooling asks for
   * @param length values of one of them
   */
  EmbeddingTask(EmbeddingRequest request, Sequence sequence, int length) {
    this.sequence = sequence;
    this.length = length;
    isNormalized = request.isNormalized();
    depths = new int[sequence.size()];
    pool = new HiddenPool(request.pooling(), length, sequence.size());
    deadline = Deadline.in(request.timeLimit());
  }

  /** Completed on a virtual thread. */
  CompletableFuture<Embedding> outcome() {
    return outcome;
  }

  @Override
  Sequence sequence() {
    return sequence;
  }

  @Override
  Optional<FinishReason> stopReason(long now) {
    return deadline.isOver(now) ? Optional.of(FinishReason.TIME_LIMIT) : super.stopReason(now);
  }

  @Override
  Optional<FinishReason> accept(Chunk chunk, CodaResults results) {
    for (; passed < sequence.completedCount(); passed++) {
      depths[passed] = sequence.depth(passed);
    }
    int count = chunk.outputCount();
    if (count > 0) {
      float[] states = results.hidden();
      int first = results.firstOutput(chunk);
      FiniteResults.require(
          new FiniteResults.Rows("hidden states", states, length, first, count),
          chunk.firstPosition() + chunk.rowCount() - count);
      for (int i = first; i < first + count; i++) {
        pool.add(states, i * length);
      }
    }
    return chunk.firstPosition() + chunk.rowCount() == sequence.size()
        ? Optional.of(FinishReason.LENGTH)
        : Optional.empty();
  }

  @Override
  void end(FinishReason reason, Map<String, Long> kvBytes) {
    if (reason == FinishReason.LENGTH) {
      Embedding embedding = new Embedding(length, pool.vectors(isNormalized), depths);
      Thread.startVirtualThread(() -> outcome.complete(embedding));
    } else {
      fail(
          new EngineException(
              reason == FinishReason.TIME_LIMIT
                  ? "the embedding took longer than its time limit"
                  : "the embedding was cancelled"));
    }
  }

  @Override
  void fail(RuntimeException cause) {
    Thread.startVirtualThread(() -> outcome.completeExceptionally(cause));
  }
}
