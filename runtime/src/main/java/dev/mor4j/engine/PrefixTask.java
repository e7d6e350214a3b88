package dev.mor4j.engine;

import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.Sequence;
import dev.mor4j.forward.CodaResults;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Reads the beginning of prompts to come, and leaves its keys and values for them. */
final class PrefixTask extends EngineTask {
  private final Sequence sequence;
  private final CompletableFuture<Void> outcome = new CompletableFuture<>();

  PrefixTask(Sequence sequence) {
    this.sequence = sequence;
  }

  /** Done once all is read. */
  CompletableFuture<Void> outcome() {
    return outcome;
  }

  @Override
  Sequence sequence() {
    return sequence;
  }

  @Override
  Optional<FinishReason> accept(Chunk chunk, CodaResults results) {
    return chunk.firstPosition() + chunk.rowCount() == sequence.size()
        ? Optional.of(FinishReason.LENGTH)
        : Optional.empty();
  }

  @Override
  boolean keepsPlace(FinishReason reason) {
    return reason == FinishReason.LENGTH;
  }

  @Override
  void end(FinishReason reason, Map<String, Long> kvBytes) {
    if (reason == FinishReason.LENGTH) {
      outcome.complete(null);
    } else {
      fail(new EngineException("reading the prefix was cancelled"));
    }
  }

  @Override
  void fail(RuntimeException cause) {
    outcome.completeExceptionally(cause);
  }
}
