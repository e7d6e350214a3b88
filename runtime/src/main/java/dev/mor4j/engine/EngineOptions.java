package dev.mor4j.engine;

import dev.mor4j.batch.BatchLimits;
import dev.mor4j.batch.Batching;
import dev.mor4j.ggml.ThreadPool;
import dev.mor4j.kvcache.KvCapacity;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.Observers;
import dev.mor4j.placement.CacheNeed;

/**
 * The settings of an engine; validated on construction.
 *
 * @param contextSize maximum number of tokens of a sequence, prompt and text together
 * @param threadCount number of compute threads, the engine's own included
 * @param kvTypes types in which keys and values are stored
 * @param kvCacheBytes memory for keys and values; 0 for what the worst case needs
 * @param limits maximum sizes of batches
 * @param queueSize maximum number of requests that wait
 * @param batching which rows share a batch
 * @param deterministic whether results are batch-invariant
 * @param observers called on the engine's thread
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
    Observers observers) {
  private static final int MAX_BATCH_SIZE = 1 << 16;
  private static final int MAX_SEQUENCES = 1 << 12;
  private static final int MAX_QUEUE_SIZE = 1 << 20;

  EngineOptions {
    requireContextSize(contextSize);
    requireRange("threads", threadCount, ThreadPool.MOST_THREADS);
    requireRange("batch size", limits.prefillRows(), MAX_BATCH_SIZE);
    requireRange("parallel sequences", limits.sequences(), MAX_SEQUENCES);
    requireRange("queue size", queueSize, MAX_QUEUE_SIZE);
    if (kvCacheBytes < 0) {
      throw new InvalidConfigException(
          "K/V cache bytes", "0 or more", String.valueOf(kvCacheBytes));
    }
  }

  /** Numbers of slots in the cache that the engine allocates. */
  KvCapacity kvCapacity(KvLayout layout) {
    return KvCapacity.of(
        layout, kvTypes, new KvCapacity.Demand(contextSize, limits.sequences(), kvCacheBytes));
  }

  /** The same for the choice of devices. */
  CacheNeed cacheNeed() {
    return new CacheNeed(
        contextSize, limits.sequences(), kvCacheBytes, kvTypes.keys(), kvTypes.values());
  }

  static void requireContextSize(int tokens) {
    requireRange("context size", tokens, KvCapacity.MAX_TOKENS);
  }

  private static void requireRange(String name, int value, int max) {
    if (value < 1 || value > max) {
      throw new InvalidConfigException(name, "1.." + max, String.valueOf(value));
    }
  }
}
