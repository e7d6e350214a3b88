package dev.mor4j.engine;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Statistics of one generation.
 *
 * @param promptTokens number of prompt tokens, including a BOS token
 * @param promptTime time from submission until the prompt was computed, time in the queue included
 * @param generatedTokens number of generated tokens
 * @param generationTime time from then on
 * @param depthCounts number of tokens, of prompt and text, with recursion depth 0, 1, ...
 * @param kvBytes bytes of keys and values held at the end, by part of the cache
 * @param finishReason why the generation ended
 */
public record GenerationStatistics(
    int promptTokens,
    Duration promptTime,
    int generatedTokens,
    Duration generationTime,
    List<Long> depthCounts,
    Map<String, Long> kvBytes,
    FinishReason finishReason) {

  public GenerationStatistics {
    depthCounts = List.copyOf(depthCounts);
    kvBytes = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(kvBytes));
  }

  /** Mean recursion depth of the tokens. */
  public double meanDepth() {
    long tokens = 0;
    long steps = 0;
    for (int depth = 0; depth < depthCounts.size(); depth++) {
      tokens += depthCounts.get(depth);
      steps += depthCounts.get(depth) * depth;
    }
    return tokens == 0 ? 0 : (double) steps / tokens;
  }

  /** Share of the shared block's computation that was saved by lower depths, 0 to 1. */
  public double blockComputeSaved() {
    int deepest = depthCounts.size() - 1;
    return deepest == 0 ? 0 : 1 - meanDepth() / deepest;
  }
}
