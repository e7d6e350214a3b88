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
import java.util.function.Consumer;
import java.util.stream.LongStream;

/** Generates one text, token by token. */
final class GenerationTask extends EngineTask<GenerationStatistics> {
  private final GenerationRequest request;
  private final Limits limits;
  private final Sampler sampler;
  private final TokenDecoder decoder;
  private final StopMatcher stops;
  private final Consumer<Token> reader;
  private final TokenHistory history = new TokenHistory();
  private final long[] depthCounts;
  private long promptEnd;
  private int generatedTokens;

  /**
   * Bounds of a text that come from the model and the engine.
   *
   * @param contextSize maximum number of tokens of prompt and text together
   * @param endTokens tokens that end a text; none if the request ignores them
   * @param recursionCount maximum recursion depth of a token
   */
  record Limits(int contextSize, int[] endTokens, int recursionCount) {
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
   * How tokens become text.
   *
   * @param sampler picks tokens
   * @param decoder turns their ids into text
   * @param reader receives them, on the engine's thread
   */
  record Output(Sampler sampler, TokenDecoder decoder, Consumer<Token> reader) {}

  /**
   * @param prompt the tokens that the sequence starts with
   */
  GenerationTask(
      GenerationRequest request, Limits limits, int[] prompt, Sequence sequence, Output output) {
    super(sequence, request.timeLimit());
    this.request = request;
    this.limits = limits;
    sampler = output.sampler();
    decoder = output.decoder();
    reader = output.reader();
    stops = new StopMatcher(request.stops().texts());
    promptEnd = startNanos();
    history.add(prompt);
    depthCounts = new long[limits.recursionCount() + 1];
  }

  @Override
  void recordDepth(int position, int depth) {
    depthCounts[depth]++;
  }

  @Override
  Optional<FinishReason> read(Chunk chunk, CodaResults results) {
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
        reader.accept(token(id, heldText, depth, logits));
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
    reader.accept(token(id, text, depth, logits));
    if (end.isEmpty()) {
      sequence().add(id);
    }
    return end;
  }

  /** Ends the text and returns what the decoder and the stop strings held back. */
  private String finishText() {
    return stops.accept(decoder.finish()) + stops.finish();
  }

  /** Why the newest token is the last one; empty if it is not. */
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
  GenerationStatistics result(FinishReason reason, Map<String, Long> kvBytes) {
    long now = System.nanoTime();
    return new GenerationStatistics(
        history.size() - generatedTokens,
        Duration.ofNanos((generatedTokens == 0 ? now : promptEnd) - startNanos()),
        generatedTokens,
        Duration.ofNanos(generatedTokens == 0 ? 0 : now - promptEnd),
        LongStream.of(depthCounts).boxed().toList(),
        kvBytes,
        reason);
  }
}
