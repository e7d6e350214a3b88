package dev.mor4j.engine;

import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.Sequence;
import dev.mor4j.forward.CodaResults;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** Takes one sequence through the model, chunk by chunk, and shows each chunk's results. */
final class EvaluationTask extends EngineTask {
  private final Sequence sequence;
  private final int vocabulary;
  private final EvaluationReader reader;
  private final CompletableFuture<Void> outcome = new CompletableFuture<>();

  /** Tokens whose numbers the reader has. */
  private int told;

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
  Optional<FinishReason> accept(Chunk chunk, CodaResults results) {
    int end = chunk.firstPosition() + chunk.rowCount();
    float[][] scores = results.scores(chunk);
    if (told < chunk.firstPosition()) {
      tellShared(chunk.firstPosition(), scores.length);
    }
    if (told < end) {
      float[] logits = logits(chunk, results);
      FiniteResults.require(
          new FiniteResults.Rows("logits", logits, vocabulary, 0, chunk.outputCount()),
          end - chunk.outputCount());
      int first = told - chunk.firstPosition(); // what it computed again was told before
      for (int step = 0; step < scores.length; step++) {
        scores[step] = Arrays.copyOfRange(scores[step], first, chunk.rowCount());
      }
      reader.accept(
          new EvaluatedRows(
              told,
              end - chunk.outputCount(),
              logits,
              IntStream.range(first, chunk.rowCount()).map(chunk::depth).toArray(),
              scores));
      told = end;
    }
    return end == sequence.size() ? Optional.of(FinishReason.LENGTH) : Optional.empty();
  }

  /** Of tokens taken over from another sequence, the depths are all that is kept. */
  private void tellShared(int end, int steps) {
    float[][] scores = new float[steps][end - told];
    for (float[] unknown : scores) {
      Arrays.fill(unknown, Float.NaN);
    }
    int[] depths = IntStream.range(told, end).map(sequence::depth).toArray();
    reader.accept(new EvaluatedRows(told, end, new float[0], depths, scores));
    told = end;
  }

  /** The batch's logits themselves where they are this chunk's alone. */
  private float[] logits(Chunk chunk, CodaResults results) {
    int count = chunk.outputCount() * vocabulary;
    int start = results.firstOutput(chunk) * vocabulary;
    if (count == 0) {
      return new float[0];
    }
    float[] all = results.logits();
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
