package dev.mor4j.engine;

import dev.mor4j.placement.Fallback;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How an engine stands. Counts are since its start.
 *
 * @param waiting requests that wait for a place
 * @param running sequences that run
 * @param generatedTokens tokens picked
 * @param computedTokens tokens of prompts and texts that went through the model
 * @param sharedTokens tokens of prompts that needed no computing, as another sequence began alike
 * @param passes times that the shared block ran
 * @param rowsByStep rows that took each recursion step (each pass, where layers repeat in place)
 * @param busyTime time spent on requests
 * @param phases where that time went
 * @param kvBytes keys and values that running sequences hold, by part of the cache; what several
 *     share counts for each
 * @param kvUsedBytes keys and values held, each once
 * @param kvMostUsedBytes the most of them that were held at a time
 * @param kvMostBytes the same by part of the cache, each part for itself and each token once
 * @param kvCapacityBytes memory set aside for them
 * @param preemptions how often a sequence gave its place up to older ones and began again
 * @param fallbacks operations that run elsewhere than on the device that holds what they work on:
 *     of the graphs for the largest batch from the start, of others as they come
 */
public record EngineMetrics(
    int waiting,
    int running,
    long generatedTokens,
    long computedTokens,
    long sharedTokens,
    long passes,
    List<Long> rowsByStep,
    Duration busyTime,
    PhaseTimes phases,
    Map<String, Long> kvBytes,
    long kvUsedBytes,
    long kvMostUsedBytes,
    Map<String, Long> kvMostBytes,
    long kvCapacityBytes,
    long preemptions,
    List<Fallback> fallbacks) {

  public EngineMetrics {
    rowsByStep = List.copyOf(rowsByStep);
    kvBytes = Collections.unmodifiableMap(new LinkedHashMap<>(kvBytes));
    fallbacks = List.copyOf(fallbacks);
    kvMostBytes = Collections.unmodifiableMap(new LinkedHashMap<>(kvMostBytes));
  }

  /** Rows that shared one run of the shared block, on average. */
  public double meanBatchRows() {
    long rows = rowsByStep.stream().mapToLong(Long::longValue).sum();
    return passes == 0 ? 0 : (double) rows / passes;
  }

  /** Tokens picked per second of work. */
  public double tokensPerSecond() {
    return busyTime.isZero() ? 0 : generatedTokens * 1e9 / busyTime.toNanos();
  }
}
