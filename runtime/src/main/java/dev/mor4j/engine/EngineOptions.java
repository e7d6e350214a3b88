package dev.mor4j.engine;

import dev.mor4j.batch.BatchLimits;
import dev.mor4j.batch.Batching;
import dev.mor4j.ggml.ThreadPool;
import dev.mor4j.kvcache.KvCapacity;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.ActivationObserver;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.placement.CacheNeed;
import org.jspecify.annotations.Nullable;

/**
 * How an engine is set up; valid once constructed.
 *
 * @param contextSize most tokens of a sequence, prompt and text together
 * @param threadCount threads that compute, the engine's own included
 * @param kvTypes how keys and values are stored
 * @param kvCacheBytes memory for keys and values; 0 for what the worst case needs
 * @param limits how much runs at a time
 * @param queueSize most requests that wait
 * @param batching which rows share a batch
 * @param deterministic whether a text's bits may depend on nothing but its request
 * @param observer of what enters the weight matrices; null for none
 */
record EngineOptions(
    int contextSize,
    int threadCount,
    KvTypes kvTypes,
    long kvCacheBytes,
    BatchLimits limits,
    int queueSize,
    Batching batching,
    boolean deterministic,
    @Nullable ActivationObserver observer) {
  private static final int LONGEST_CONTEXT = 1 << 24;
  private static final int LARGEST_BATCH = 1 << 16;
  private static final int MOST_SEQUENCES = 1 << 12;
  private static final int LONGEST_QUEUE = 1 << 20;

  EngineOptions {
    requireContextSize(contextSize);
    requireRange("threads", threadCount, ThreadPool.MOST_THREADS);
    requireRange("batch size", limits.prefillRows(), LARGEST_BATCH);
    requireRange("parallel sequences", limits.sequences(), MOST_SEQUENCES);
    requireRange("queue size", queueSize, LONGEST_QUEUE);
    if (kvCacheBytes < 0) {
      throw new InvalidConfigException(
          "K/V cache bytes", "0 or more", String.valueOf(kvCacheBytes));
    }
  }

  /** Slots that the cache needs. */
  KvCapacity kvCapacity(KvLayout layout) {
    long tokens = (long) contextSize * limits.sequences();
    if (kvCacheBytes > 0) {
      return KvCapacity.within(layout, kvTypes, kvCacheBytes, contextSize);
    }
    if (tokens > LONGEST_CONTEXT) {
      throw new InvalidConfigException(
          "context size times parallel sequences",
          "at most %d tokens, or a number of bytes for the K/V cache".formatted(LONGEST_CONTEXT),
          String.valueOf(tokens));
    }
    return KvCapacity.full(layout, (int) tokens);
  }

  /** The same for those who choose devices. */
  CacheNeed cacheNeed() {
    return new CacheNeed(
        contextSize, limits.sequences(), kvCacheBytes, kvTypes.keys(), kvTypes.values());
  }

  static void requireContextSize(int tokens) {
    requireRange("context size", tokens, LONGEST_CONTEXT);
  }

  private static void requireRange(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw new InvalidConfigException(name, "1.." + most, String.valueOf(value));
    }
  }
}
