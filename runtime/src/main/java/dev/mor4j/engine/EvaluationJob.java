package dev.mor4j.engine;

import dev.mor4j.batch.Batch;
import dev.mor4j.kvcache.KvLease;
import dev.mor4j.model.RoutingMode;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** Takes one sequence through the model, chunk by chunk, and shows each chunk's numbers. */
final class EvaluationJob extends EngineJob {
  private final int[] tokens;
  private final int firstOutput;
  private final RoutingMode mode;
  private final int chunkSize;
  private final EvaluationReader reader;
  private final CompletableFuture<Void> outcome = new CompletableFuture<>();

  /**
   * @param firstOutput position from which on logits are wanted
   * @param mode resolved for the model
   * @param chunkSize 1 or more
   */
  EvaluationJob(
      int[] tokens, int firstOutput, RoutingMode mode, int chunkSize, EvaluationReader reader) {
    this.tokens = tokens;
    this.firstOutput = firstOutput;
    this.mode = mode;
    this.chunkSize = chunkSize;
    this.reader = reader;
  }

  /** Done once the last chunk is read. */
  CompletableFuture<Void> outcome() {
    return outcome;
  }

  @Override
  void run(Workbench bench) {
    try (KvLease lease = bench.cache().lease()) {
      for (int start = 0; start < tokens.length; start += chunkSize) {
        int[] chunk = Arrays.copyOfRange(tokens, start, Math.min(start + chunkSize, tokens.length));
        int firstRow = Math.clamp(firstOutput - start, 0, chunk.length);
        int[] outputs = IntStream.range(firstRow, chunk.length).toArray();
        BatchResult result =
            bench
                .run(Batch.of(lease.sequence(), start, chunk, outputs), mode)
                .orElseThrow(() -> new EngineException("the evaluation was cancelled"));
        reader.accept(
            new EvaluatedRows(
                start, start + firstRow, result.logits(), result.depths(), result.scores()));
      }
    }
    outcome.complete(null);
  }

  @Override
  void fail(RuntimeException cause) {
    outcome.completeExceptionally(cause);
  }
}
