package dev.mor4j.engine;

import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.Sequence;
import dev.mor4j.forward.CodaResults;
import dev.mor4j.forward.RowLogits;
import dev.mor4j.sampling.Sampler;
import dev.mor4j.sampling.TokenHistory;
import dev.mor4j.tokenizer.StopMatcher;
import dev.mor4j.tokenizer.TokenDecoder;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/** Writes one text, token by token. */
final class GenerationTask extends EngineTask {
  private final GenerationRequest request;
  private final Limits limits;
  private final Sequence sequence;
  private final Sampler sampler;
  private final TokenDecoder decoder;
  private final StopMatcher stops;
  private final TokenSink sink;
  private final TokenHistory history = new TokenHistory();
  private final long[] depthCounts;
  private final Deadline deadline;
  private long promptEnd;
  private int generatedTokens;

  /** Tokens whose depths are counted. */
  private int countedTokens;

  /**
   * What a text must stay within.
   *
   * @param vocabulary tokens of the model
   * @param contextSize most tokens of prompt and text
   * @param endTokens tokens that end a text; none if the request ignores them
   * @param recursionCount most steps of a token
   */
  record Limits(int vocabulary, int contextSize, int[] endTokens, int recursionCount) {
    boolean isEndToken(int id) {
      for (int endToken : endTokens) {
        if (id == endToken) {
          return true;
        }
      }
      return false;
    }
  }

  /**
   * @param prompt the tokens that the sequence begins with
   * @param sink gets tokens and outcome
   */
  GenerationTask(
      GenerationRequest request,
      Limits limits,
      int[] prompt,
      Sequence sequence,
      Sampler sampler,
      TokenDecoder decoder,
      TokenSink sink) {
    this.request = request;
    this.limits = limits;
    this.sequence = sequence;
    this.sampler = sampler;
    this.decoder = decoder;
    this.sink = sink;
    stops = new StopMatcher(request.stops().texts());
    deadline = Deadline.in(request.timeLimit());
    promptEnd = deadline.start();
    history.add(prompt);
    depthCounts = new long[limits.recursionCount() + 1];
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
    for (; countedTokens < sequence.completedCount(); countedTokens++) {
      depthCounts[sequence.depth(countedTokens)]++;
    }
    if (chunk.outputCount() == 0) {
      return Optional.empty();
    }
    if (generatedTokens == 0) {
      promptEnd = System.nanoTime();
    }
    int depth = chunk.depth(chunk.rowCount() - 1);
    return pick(results.logits(results.firstOutput(chunk)), depth);
  }

  private Optional<FinishReason> pick(RowLogits logits, int depth) {
    int id = logits.pick(sampler, history);
    boolean isEnd = limits.isEndToken(id);
    if (isEnd || request.stops().contains(id)) {
      String heldText = finishText();
      if (!heldText.isEmpty()) {
        sink.emit(token(id, heldText, depth, logits));
      }
      return Optional.of(
          isEnd && !stops.isMatched() ? FinishReason.END_OF_TEXT : FinishReason.STOP);
    }
    history.add(id);
    generatedTokens++;
    String text = stops.accept(decoder.accept(id));
    Optional<FinishReason> end = endAfter();
    if (end.isPresent()) {
      text += finishText();
      // The decoder's last text may complete a stop string.
      end = stops.isMatched() ? Optional.of(FinishReason.STOP) : end;
    }
    sink.emit(token(id, text, depth, logits));
    if (end.isEmpty()) {
      sequence.add(id);
    }
    return end;
  }

  /** Ends the text and returns what decoder and stop strings held back. */
  private String finishText() {
    return stops.accept(decoder.finish()) + stops.finish();
  }

  /** Why the newest token is the last one, if it is. */
  private Optional<FinishReason> endAfter() {
    if (stops.isMatched()) {
      return Optional.of(FinishReason.STOP);
    }
    if (history.size() > limits.contextSize()) {
      return Optional.of(FinishReason.CONTEXT_FULL);
    }
    return request.maxTokens() != GenerationRequest.UNTIL_END
            && generatedTokens >= request.maxTokens()
        ? Optional.of(FinishReason.LENGTH)
        : Optional.empty();
  }

  private Token token(int id, String text, int depth, RowLogits logits) {
    double logSumExp = logits.logSumExp();
    return new Token(
        id,
        text,
        depth,
        (float) (logits.of(id) - logSumExp),
        logits.top(request.topLogProbabilities(), logSumExp));
  }

  @Override
  void end(FinishReason reason, Map<String, Long> kvBytes) {
    long now = System.nanoTime();
    sink.finish(
        new GenerationStatistics(
            history.size() - generatedTokens,
            Duration.ofNanos((generatedTokens == 0 ? now : promptEnd) - deadline.start()),
            generatedTokens,
            Duration.ofNanos(generatedTokens == 0 ? 0 : now - promptEnd),
            LongStream.of(depthCounts).boxed().toList(),
            kvBytes,
            reason));
  }

  @Override
  void fail(RuntimeException cause) {
    sink.fail(cause);
  }
}
