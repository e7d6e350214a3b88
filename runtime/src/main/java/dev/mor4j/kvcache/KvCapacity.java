package dev.mor4j.kvcache;

import dev.mor4j.model.InvalidConfigException;

/**
 * The number of slots of each region.
 *
 * @param tokenCount slots of prelude and coda: tokens of all sequences together
 * @param blockSlotCount slots of the shared block, which all its steps draw from
 */
public record KvCapacity(int tokenCount, int blockSlotCount) {
  public KvCapacity {
    if (tokenCount < 1 || blockSlotCount < tokenCount) {
      throw new InvalidConfigException(
          "K/V cache",
          "at least 1 token, and a slot for each in the shared block",
          "%s tokens, %s slots".formatted(tokenCount, blockSlotCount));
    }
  }

  /** Upper limit of a context, and of all contexts together unless bytes are given. */
  public static final int MAX_TOKENS = 1 << 24;

  /**
   * What sequences that run together need.
   *
   * @param contextSize maximum number of tokens of a sequence
   * @param sequences maximum number of sequences
   * @param bytes size of the whole cache; 0 for what full contexts of all sequences need
   */
  public record Demand(int contextSize, int sequences, long bytes) {}

  /**
   * The capacity for a demand.
   *
   * @throws InvalidConfigException if all contexts together are too long, or the bytes too few
   */
  public static KvCapacity of(KvLayout layout, KvTypes types, Demand demand) {
    if (demand.bytes > 0) {
      return within(layout, types, demand.bytes, demand.contextSize);
    }
    long tokens = (long) demand.contextSize * demand.sequences;
    if (tokens > MAX_TOKENS) {
      throw new InvalidConfigException(
          "context size times parallel sequences",
          "at most %s tokens, or a number of bytes for the K/V cache".formatted(MAX_TOKENS),
          String.valueOf(tokens));
    }
    return full(layout, (int) tokens);
  }

  /** Slots for every token at every step, so that a sequence can never run out of them. */
  public static KvCapacity full(KvLayout layout, int tokenCount) {
    int steps = layout.regions().get(layout.blockRegion()).steps();
    return new KvCapacity(tokenCount, Math.multiplyExact(tokenCount, steps));
  }

  /**
   * The slots that fit into a number of bytes, if tokens take {@code (steps + 1) / 2} steps on
   * average, as with the capacities of the Mixture-of-Recursions paper. Never less than one
   * sequence of {@code contextSize} tokens at full depth needs.
   */
  public static KvCapacity within(KvLayout layout, KvTypes types, long bytes, int contextSize) {
    int steps = layout.regions().get(layout.blockRegion()).steps();
    double perToken = 0;
    for (int region = 0; region < layout.regions().size(); region++) {
      double slots = region == layout.blockRegion() ? (steps + 1) / 2.0 : 1;
      perToken += slots * KvCache.bytesPerSlot(layout, types, region);
    }
    int tokens = (int) Math.clamp((long) (bytes / perToken), 1L, Integer.MAX_VALUE / steps);
    KvCapacity least = full(layout, contextSize);
    KvCapacity wanted = new KvCapacity(tokens, Math.toIntExact((long) tokens * (steps + 1) / 2));
    return new KvCapacity(
        Math.max(wanted.tokenCount, least.tokenCount),
        Math.max(wanted.blockSlotCount, least.blockSlotCount));
  }

  int slotCount(KvLayout layout, int region) {
    return region == layout.blockRegion() ? blockSlotCount : tokenCount;
  }
}
