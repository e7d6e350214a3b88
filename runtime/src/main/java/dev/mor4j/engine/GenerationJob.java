package dev.mor4j.engine;

import dev.mor4j.batch.Batch;
import dev.mor4j.kvcache.KvLease;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.sampling.LogProbability;
import dev.mor4j.sampling.Sampler;
import dev.mor4j.sampling.TokenHistory;
import dev.mor4j.tokenizer.TokenDecoder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.LongStream;

/** Writes one text: prompt in chunks, then token by token. */
final class GenerationJob extends EngineJob {
  private static final int[] NO_ROW = {};

  private final Model model;
  private final int[] prompt;
  private final int maxTokens;
  private final RoutingMode mode;
  private final Sampler sampler;
  private final TokenDecoder decoder;
  private final TokenStream stream;
  private final long[] depthCounts;

  /** The newest row's logits and depth. */
  private record Last(float[] logits, int depth) {}

  /**
   * @param prompt token ids, fewer than the context holds
   * @param mode resolved for the model
   */
  GenerationJob(
      Model model,
      int[] prompt,
      GenerationRequest request,
      RoutingMode mode,
      TokenDecoder decoder,
      TokenStream stream) {
    this.model = model;
    this.prompt = prompt;
    this.maxTokens =
        request.maxTokens() == GenerationRequest.UNTIL_END
            ? Integer.MAX_VALUE
            : request.maxTokens();
    this.mode = mode;
    this.sampler = Sampler.of(request.sampling());
    this.decoder = decoder;
    this.stream = stream;
    depthCounts = new long[model.config().recursionCount() + 1];
  }

  @Override
  void run(Workbench bench) {
    long start = System.nanoTime();
    try (KvLease lease = bench.cache().lease()) {
      Optional<Last> read = readPrompt(bench, lease);
      long promptEnd = System.nanoTime();
      Written written =
          read.map(last -> write(bench, lease, last))
              .orElseGet(() -> new Written(0, FinishReason.CANCELLED));
      stream.finish(
          new GenerationStatistics(
              prompt.length,
              Duration.ofNanos(promptEnd - start),
              written.count(),
              Duration.ofNanos(System.nanoTime() - promptEnd),
              depthList(),
              bench.cache().usedBytes(),
              written.reason()));
    }
  }

  /** How the text came to its end. */
  private record Written(int count, FinishReason reason) {}

  private Optional<Last> readPrompt(Workbench bench, KvLease lease) {
    int chunkSize = bench.options().batchSize();
    Optional<Last> last = Optional.empty();
    for (int start = 0; start < prompt.length; start += chunkSize) {
      int end = Math.min(start + chunkSize, prompt.length);
      int[] chunk = Arrays.copyOfRange(prompt, start, end);
      int[] outputs = end == prompt.length ? new int[] {chunk.length - 1} : NO_ROW;
      last = forward(bench, Batch.of(lease.sequence(), start, chunk, outputs));
      if (last.isEmpty()) {
        return last;
      }
    }
    return last;
  }

  private Written write(Workbench bench, KvLease lease, Last first) {
    TokenHistory history = new TokenHistory();
    history.add(prompt);
    Last last = first;
    for (int count = 0; ; ) {
      int id = sampler.sample(last.logits(), history);
      OptionalInt end = model.endOfText();
      if (end.isPresent() && end.getAsInt() == id) {
        return new Written(count, FinishReason.END_OF_TEXT);
      }
      history.add(id);
      count++;
      int position = prompt.length + count - 1;
      boolean isFull = position >= bench.options().contextSize();
      boolean isLast = count >= maxTokens || isFull;
      String text = decoder.accept(id) + (isLast ? decoder.finish() : "");
      float logProbability = LogProbability.of(last.logits(), id);
      stream.emit(new Token(id, text, last.depth(), logProbability));
      if (isLast) {
        return new Written(count, isFull ? FinishReason.CONTEXT_FULL : FinishReason.LENGTH);
      }
      Optional<Last> next =
          forward(bench, Batch.of(lease.sequence(), position, new int[] {id}, new int[] {0}));
      if (next.isEmpty()) {
        return new Written(count, FinishReason.CANCELLED);
      }
      last = next.get();
    }
  }

  private Optional<Last> forward(Workbench bench, Batch batch) {
    if (isCancelled()) {
      return Optional.empty();
    }
    Optional<BatchResult> result = bench.run(batch, mode);
    result.ifPresent(
        numbers -> {
          for (int depth : numbers.depths()) {
            depthCounts[depth]++;
          }
        });
    return result.map(
        numbers -> new Last(numbers.logits(), numbers.depths()[batch.rowCount() - 1]));
  }

  private List<Long> depthList() {
    return LongStream.of(depthCounts).boxed().toList();
  }

  @Override
  void fail(RuntimeException cause) {
    stream.fail(cause);
  }
}
