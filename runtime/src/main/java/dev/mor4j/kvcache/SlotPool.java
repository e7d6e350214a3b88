package dev.mor4j.kvcache;

import java.util.BitSet;
import java.util.Optional;

/**
 * Which slots of one region are held, and how often: sequences may share a slot. Low slots go
 * first, so that memory beyond the busiest moment is never touched.
 */
final class SlotPool {
  private final int[] holders;
  private final BitSet held;
  private int used;

  /** No slot below is free. */
  private int firstFree;

  SlotPool(int slotCount) {
    holders = new int[slotCount];
    held = new BitSet(slotCount);
  }

  int slotCount() {
    return holders.length;
  }

  /** Slots that somebody holds. */
  int used() {
    return used;
  }

  int free() {
    return holders.length - used;
  }

  /** The lowest free slots, changing nothing; empty if there are too few. */
  Optional<int[]> plan(int count) {
    if (free() < count) {
      return Optional.empty();
    }
    int[] slots = new int[count];
    int slot = firstFree;
    for (int i = 0; i < count; i++) {
      slot = held.nextClearBit(slot);
      slots[i] = slot++;
    }
    return Optional.of(slots);
  }

  /** Takes planned slots. */
  void commit(int[] slots) {
    for (int slot : slots) {
      if (holders[slot] != 0) {
        throw new IllegalStateException("slot " + slot + " is held: a plan was committed twice");
      }
      holders[slot] = 1;
      held.set(slot);
    }
    used += slots.length;
    firstFree = held.nextClearBit(firstFree);
  }

  /** One more sequence holds a slot. */
  void share(int slot) {
    requireHeld(slot);
    holders[slot]++;
  }

  /** One holder less; the last one frees it. */
  void release(int slot) {
    requireHeld(slot);
    if (--holders[slot] == 0) {
      held.clear(slot);
      used--;
      firstFree = Math.min(firstFree, slot);
    }
  }

  private void requireHeld(int slot) {
    if (holders[slot] == 0) {
      throw new IllegalStateException("slot " + slot + " is free");
    }
  }
}
