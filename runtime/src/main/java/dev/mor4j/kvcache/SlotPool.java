package dev.mor4j.kvcache;

import java.util.BitSet;

/**
 * Which slots of one region are held, and how often: sequences may share a slot. Low slots go
 * first, so that memory beyond the busiest moment is never touched.
 */
final class SlotPool {
  private final int[] holders;
  private final BitSet held;

  /** For whose step each held slot was taken. */
  private final int[] steps;

  private final int[] usedByStep;
  private final int[] mostByStep;
  private int used;

  /** No slot below is free. */
  private int firstFree;

  SlotPool(int slotCount, int stepCount) {
    holders = new int[slotCount];
    held = new BitSet(slotCount);
    steps = new int[slotCount];
    usedByStep = new int[stepCount];
    mostByStep = new int[stepCount];
  }

  int slotCount() {
    return holders.length;
  }

  /** Slots that somebody holds. */
  int used() {
    return used;
  }

  /** Most slots that were held for a step at a time. */
  int mostUsed(int step) {
    return mostByStep[step];
  }

  int free() {
    return holders.length - used;
  }

  /** Finds the lowest free slots, changing nothing; false if there are too few. */
  boolean plan(int count, int[] slots) {
    if (free() < count) {
      return false;
    }
    int slot = firstFree;
    for (int i = 0; i < count; i++) {
      slot = held.nextClearBit(slot);
      slots[i] = slot++;
    }
    return true;
  }

  /** Takes planned slots, those from {@code start} on, for a step. */
  void commit(int[] slots, int start, int count, int step) {
    for (int i = start; i < start + count; i++) {
      int slot = slots[i];
      if (holders[slot] != 0) {
        throw new IllegalStateException("slot " + slot + " is held: a plan was committed twice");
      }
      holders[slot] = 1;
      held.set(slot);
      steps[slot] = step;
    }
    used += count;
    usedByStep[step] += count;
    mostByStep[step] = Math.max(mostByStep[step], usedByStep[step]);
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
      usedByStep[steps[slot]]--;
      firstFree = Math.min(firstFree, slot);
    }
  }

  private void requireHeld(int slot) {
    if (holders[slot] == 0) {
      throw new IllegalStateException("slot " + slot + " is free");
    }
  }
}
