package dev.mor4j.batch;

import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvSlots;
import java.util.List;

/**
 * How many more tokens the K/V cache has room for. A token needs one slot in each region to enter.
 * Slots of the shared block that active rows take in their next step are set aside first. Confined
 * to the engine's thread.
 */
final class CacheSpace {
  private final KvLayout layout;
  private final KvSlots slots;
  private final Pipeline pipeline;

  CacheSpace(KvLayout layout, KvSlots slots, Pipeline pipeline) {
    this.layout = layout;
    this.slots = slots;
    this.pipeline = pipeline;
  }

  /** Tokens that can enter now. */
  int freeTokens() {
    return freeTokensWithout(List.of());
  }

  /**
   * Tokens that could enter after an eviction. The result is too high where evicted sequences share
   * slots with others, since such slots stay taken.
   *
   * @param evicted sequences that would be evicted
   */
  int freeTokensWithout(List<Sequence> evicted) {
    int block = layout.blockRegion();
    int tokens = freeSlots(block, evicted) - pipeline.slotsNeededNext(layout);
    for (int region = 0; region < block; region++) {
      tokens = Math.min(tokens, freeSlots(region, evicted));
    }
    return tokens; // the coda's slots are taken later, but by the same tokens as the prelude's
  }

  private int freeSlots(int region, List<Sequence> evicted) {
    int free = slots.free(region);
    for (int i = 0; i < evicted.size(); i++) {
      free += evicted.get(i).lease().slotCount(region);
    }
    return free;
  }
}
