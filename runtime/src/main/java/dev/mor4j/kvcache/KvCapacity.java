package dev.mor4j.kvcache;

import dev.mor4j.model.InvalidConfigException;

/**
 * How many slots the regions have.
 *
 * @param tokenCount tokens of all sequences together
 * @param blockSlotCount slots of the shared block's region, which its steps draw from
 */
public record KvCapacity(int tokenCount, int blockSlotCount) {
  public KvCapacity {
    if (tokenCount < 1 || blockSlotCount < tokenCount) {
      throw new InvalidConfigException(
          "K/V cache",
          "room for at least 1 token, and a slot for each in the shared block",
          "%d tokens, %d slots".formatted(tokenCount, blockSlotCount));
    }
  }

  /** Room for every token at every step: no sequence is ever short of it. */
  public static KvCapacity full(KvLayout layout, int tokenCount) {
    int steps = layout.regions().get(layout.blockRegion()).steps();
    return new KvCapacity(tokenCount, Math.multiplyExact(tokenCount, steps));
  }

  /**
   * What fits a number of bytes if tokens go as deep as the paper's capacities make them on
   * average, {@code (steps + 1) / 2}, but always one sequence of {@code contextSize} at full depth.
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
