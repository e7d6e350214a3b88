package dev.mor4j.engine;

import dev.mor4j.batch.Batch;
import dev.mor4j.kvcache.KvLease;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** Takes one sequence through the model and collects its numbers. */
final class EvaluationJob extends EngineJob {
  private final MorConfig config;
  private final int[] tokens;
  private final RoutingMode mode;
  private final int chunkSize;
  private final CompletableFuture<Evaluation> outcome;

  /**
   * @param mode resolved for the model
   * @param chunkSize 1 or more
   */
  EvaluationJob(
      MorConfig config,
      int[] tokens,
      RoutingMode mode,
      int chunkSize,
      CompletableFuture<Evaluation> outcome) {
    this.config = config;
    this.tokens = tokens;
    this.mode = mode;
    this.chunkSize = chunkSize;
    this.outcome = outcome;
  }

  @Override
  void run(Workbench bench) {
    int vocabulary = config.vocabularySize();
    float[] logits = new float[Math.multiplyExact(tokens.length, vocabulary)];
    int[] depths = new int[tokens.length];
    float[][] scores =
        new float[config.routing().isRouted() ? config.recursionCount() : 0][tokens.length];
    try (KvLease lease = bench.cache().lease()) {
      for (int start = 0; start < tokens.length; start += chunkSize) {
        int[] chunk = Arrays.copyOfRange(tokens, start, Math.min(start + chunkSize, tokens.length));
        int[] allRows = IntStream.range(0, chunk.length).toArray();
        BatchResult result =
            bench
                .run(Batch.of(lease.sequence(), start, chunk, allRows), mode)
                .orElseThrow(() -> new EngineException("the evaluation was cancelled"));
        System.arraycopy(result.logits(), 0, logits, start * vocabulary, result.logits().length);
        System.arraycopy(result.depths(), 0, depths, start, chunk.length);
        for (int step = 0; step < scores.length; step++) {
          System.arraycopy(result.scores()[step], 0, scores[step], start, chunk.length);
        }
      }
    }
    outcome.complete(new Evaluation(logits, depths, scores));
  }

  @Override
  void fail(RuntimeException cause) {
    outcome.completeExceptionally(cause);
  }
}
