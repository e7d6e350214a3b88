package dev.mor4j.kvcache;

import java.util.BitSet;

/**
 * The slots of one region, with the number of sequences that hold each. Low slots are taken first,
 * so memory beyond the peak is never touched.
 */
final class SlotPool {
  private final int[] holders;
  private final BitSet held;

  /** The step that each held slot was taken for. */
  private final int[] steps;

  private final int[] usedByStep;
  private final int[] mostByStep;
  private int used;

  /** All slots below this one are held. */
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

  /** Number of slots that sequences hold. */
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

  /** Proposes the lowest free slots, and changes nothing else; false if there are too few. */
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

  /** Takes planned slots, {@code count} of them from {@code start} on, for a step. */
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

  /** Adds a holder to a slot. */
  void share(int slot) {
    requireHeld(slot);
    holders[slot]++;
  }

  /** Removes a holder from a slot; without holders it is free. */
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
