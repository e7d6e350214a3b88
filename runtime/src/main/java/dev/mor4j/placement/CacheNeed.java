package dev.mor4j.placement;

import dev.mor4j.gguf.TensorType;
import dev.mor4j.kvcache.KvCapacity;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.InvalidConfigException;

/**
 * The K/V cache that a model's engines will need, for which memory is left free on the device.
 *
 * @param contextSize maximum number of tokens of a sequence; 0 for the default context size
 * @param sequences maximum number of sequences that run at the same time
 * @param bytes size of the whole cache; 0 for what {@code sequences} full contexts need
 * @param keys type in which keys are stored
 * @param values type in which values are stored
 */
public record CacheNeed(
    int contextSize, int sequences, long bytes, TensorType keys, TensorType values) {
  /** The cache of an engine that is built with defaults. */
  public static final CacheNeed DEFAULT = new CacheNeed(0, 1, 0, TensorType.F16, TensorType.F16);

  private static final int DEFAULT_CONTEXT_SIZE = 4096;

  public CacheNeed {
    if (contextSize < 0 || sequences < 1 || bytes < 0) {
      throw new InvalidConfigException(
          "cache",
          "a context of 0 or more tokens, 1 sequence or more, and 0 bytes or more",
          "%s, %s and %s".formatted(contextSize, sequences, bytes));
    }
  }

  /**
   * The context size of an engine that is built with defaults: the model's context length, but at
   * most 4096 tokens.
   */
  public static int defaultContextSize(int contextLength) {
    return Math.min(contextLength, DEFAULT_CONTEXT_SIZE);
  }

  int contextSize(int contextLength) {
    return contextSize == 0 ? defaultContextSize(contextLength) : contextSize;
  }

  /** Numbers of slots in the cache; exceptions as {@link KvCapacity#of} throws. */
  KvCapacity capacity(KvLayout layout) {
    int context = contextSize(layout.config().contextLength());
    return KvCapacity.of(layout, types(), new KvCapacity.Demand(context, sequences, bytes));
  }

  KvTypes types() {
    return new KvTypes(keys, values);
  }
}
