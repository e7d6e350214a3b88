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
