package dev.mor4j.engine;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What one generation took.
 *
 * @param promptTokens tokens of the prompt, a beginning-of-text token included
 * @param promptTime until the first token could be picked
 * @param generatedTokens tokens written
 * @param generationTime from then on
 * @param depthCounts how many tokens, of prompt and text, took 0, 1, ... recursion steps
 * @param kvBytes bytes of keys and values held at the end, by part of the cache
 * @param finishReason why it ended
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

  /** Steps per token, on average. */
  public double meanDepth() {
    long tokens = 0;
    long steps = 0;
    for (int depth = 0; depth < depthCounts.size(); depth++) {
      tokens += depthCounts.get(depth);
      steps += depthCounts.get(depth) * depth;
    }
    return tokens == 0 ? 0 : (double) steps / tokens;
  }

  /** Share of the shared block's work that tokens were spared, 0 to 1. */
  public double blockComputeSaved() {
    int deepest = depthCounts.size() - 1;
    return deepest == 0 ? 0 : 1 - meanDepth() / deepest;
  }
}
