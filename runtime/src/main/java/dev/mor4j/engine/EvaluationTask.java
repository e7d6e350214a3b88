package dev.mor4j.engine;

import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.Sequence;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Takes one sequence through the model, chunk by chunk, and shows each chunk's numbers. */
final class EvaluationTask extends EngineTask {
  private final Sequence sequence;
  private final int vocabulary;
  private final EvaluationReader reader;
  private final CompletableFuture<Void> outcome = new CompletableFuture<>();

  EvaluationTask(Sequence sequence, int vocabulary, EvaluationReader reader) {
    this.sequence = sequence;
    this.vocabulary = vocabulary;
    this.reader = reader;
  }

  /** Done once the last chunk is read. */
  CompletableFuture<Void> outcome() {
    return outcome;
  }

  @Override
  Sequence sequence() {
    return sequence;
  }

  @Override
  Optional<FinishReason> accept(Chunk chunk, ForwardPass numbers) {
    int first = chunk.firstNewRow();
    int rowCount = chunk.rowCount();
    if (first < rowCount) {
      float[][] scores = numbers.scores(chunk);
      for (int step = 0; step < scores.length; step++) {
        scores[step] = Arrays.copyOfRange(scores[step], first, rowCount);
      }
      int outputs = chunk.outputs().length;
      reader.accept(
          new EvaluatedRows(
              chunk.firstPosition() + first,
              chunk.firstPosition() + rowCount - outputs,
              logits(chunk, numbers),
              Arrays.copyOfRange(chunk.depths(), first, rowCount),
              scores));
    }
    return chunk.firstPosition() + rowCount == sequence.size()
        ? Optional.of(FinishReason.LENGTH)
        : Optional.empty();
  }

  /** The batch's logits themselves where they are this chunk's alone. */
  private float[] logits(Chunk chunk, ForwardPass numbers) {
    int count = chunk.outputs().length * vocabulary;
    int start = numbers.firstOutput(chunk) * vocabulary;
    if (count == 0) {
      return new float[0];
    }
    float[] all = numbers.logits();
    return count == all.length ? all : Arrays.copyOfRange(all, start, start + count);
  }

  @Override
  void end(FinishReason reason, Map<String, Long> kvBytes) {
    if (reason == FinishReason.LENGTH) {
      outcome.complete(null);
    } else {
      fail(new EngineException("the evaluation was cancelled"));
    }
  }

  @Override
  void fail(RuntimeException cause) {
    outcome.completeExceptionally(cause);
  }
}
