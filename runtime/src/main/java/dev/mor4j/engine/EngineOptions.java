package dev.mor4j.engine;

import dev.mor4j.ggml.ThreadPool;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.InvalidConfigException;

/**
 * How an engine is set up; valid once constructed.
 *
 * @param contextSize most tokens of a sequence, prompt and text together
 * @param threadCount threads that compute, the engine's own included
 * @param keyType how keys are stored
 * @param valueType how values are stored
 * @param batchSize most tokens of a prompt that are computed at a time
 */
record EngineOptions(
    int contextSize, int threadCount, TensorType keyType, TensorType valueType, int batchSize) {
  private static final int LONGEST_CONTEXT = 1 << 24;
  private static final int LARGEST_BATCH = 1 << 16;

  EngineOptions {
    requireRange("context size", contextSize, LONGEST_CONTEXT);
    requireRange("threads", threadCount, ThreadPool.MOST_THREADS);
    requireRange("batch size", batchSize, LARGEST_BATCH);
  }

  private static void requireRange(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw new InvalidConfigException(name, "1.." + most, String.valueOf(value));
    }
  }
}
