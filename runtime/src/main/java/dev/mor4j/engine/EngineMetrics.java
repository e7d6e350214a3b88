package dev.mor4j.engine;

import dev.mor4j.placement.Fallback;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The state of an engine. Counts are since its start.
 *
 * @param waiting number of requests in the queue
 * @param running number of sequences that run
 * @param generatedTokens number of generated tokens
 * @param computedTokens number of tokens, of prompts and texts, that the model computed
 * @param sharedTokens number of prompt tokens that were taken over from another sequence with the
 *     same prefix
 * @param passes times that the shared block ran
 * @param rowsByStep rows that took each recursion step (each pass, where layers repeat in place)
 * @param busyTime time spent on requests
 * @param phases the same time by phase
 * @param kvBytes bytes of keys and values that running sequences hold, by part of the cache; shared
 *     ones count for each sequence
 * @param kvUsedBytes bytes of keys and values held, each counted once
 * @param kvMostUsedBytes peak of {@code kvUsedBytes}
 * @param kvMostBytes the peak of each part of the cache, each token counted once
 * @param kvCapacityBytes size of the cache
 * @param preemptions how often a sequence was preempted and computed again
 * @param fallbacks operations that run on another device than the one that holds their operands:
 *     for the graphs of the largest batch from the start, for others once they were used
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

  /** Mean number of rows in a run of the shared block. */
  public double meanBatchRows() {
    long rows = rowsByStep.stream().mapToLong(Long::longValue).sum();
    return passes == 0 ? 0 : (double) rows / passes;
  }

  /** Generated tokens per second of {@code busyTime}. */
  public double tokensPerSecond() {
    return busyTime.isZero() ? 0 : generatedTokens * 1e9 / busyTime.toNanos();
  }
}
