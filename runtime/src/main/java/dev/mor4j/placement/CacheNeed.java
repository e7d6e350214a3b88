package dev.mor4j.placement;

import dev.mor4j.gguf.TensorType;
import dev.mor4j.kvcache.KvCapacity;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.InvalidConfigException;

/**
 * The cache that a model's engine will want, for which room is left on the device.
 *
 * @param contextSize most tokens of a sequence; 0 for the usual context
 * @param sequences that run at a time
 * @param bytes of the whole cache, as {@code kvCacheBytes} of the engine; 0 for what full contexts
 *     need
 * @param keys how keys are stored
 * @param values how values are stored
 */
public record CacheNeed(
    int contextSize, int sequences, long bytes, TensorType keys, TensorType values) {
  /** What an engine takes that is not asked for anything else. */
  public static final CacheNeed USUAL = new CacheNeed(0, 1, 0, TensorType.F16, TensorType.F16);

  private static final int USUAL_CONTEXT = 4096;

  public CacheNeed {
    if (contextSize < 0 || sequences < 1 || bytes < 0) {
      throw new InvalidConfigException(
          "cache",
          "a context of 0 or more tokens, 1 sequence or more, and 0 bytes or more",
          "%d, %d and %d".formatted(contextSize, sequences, bytes));
    }
  }

  int contextSize(int contextLength) {
    return contextSize == 0 ? Math.min(contextLength, USUAL_CONTEXT) : contextSize;
  }

  /** Slots of every region, as the engine will take them. */
  KvCapacity capacity(KvLayout layout) {
    int context = contextSize(layout.config().contextLength());
    if (bytes > 0) {
      return KvCapacity.within(layout, types(), bytes, context);
    }
    long tokens = (long) context * sequences;
    int steps = layout.regions().get(layout.blockRegion()).steps();
    return KvCapacity.full(layout, (int) Math.min(tokens, Integer.MAX_VALUE / steps));
  }

  KvTypes types() {
    return new KvTypes(keys, values);
  }
}
