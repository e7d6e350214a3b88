package dev.mor4j.kvcache;

import java.util.Arrays;
import java.util.Optional;

/**
 * Who holds which slot of one region. Bookkeeping only: no native code. A slot is one token's
 * place; it remembers sequence, position and the recursion step that wrote it.
 */
final class KvSlots {
  private static final int FREE = -1;

  /** Half-precision zero: the score stays. */
  private static final short VISIBLE = 0;

  /** Half-precision minus infinity: the score vanishes. */
  private static final short HIDDEN = (short) 0xFC00;

  private final int[] sequences;
  private final int[] positions;
  private final int[] steps;

  /** Bit r: at step r, this sequence's token has keys and values of its own that replace these. */
  private final long[] replacedAt;

  private int used;
  private int window;

  KvSlots(int slotCount) {
    sequences = new int[slotCount];
    Arrays.fill(sequences, FREE);
    positions = new int[slotCount];
    steps = new int[slotCount];
    replacedAt = new long[slotCount];
  }

  int slotCount() {
    return sequences.length;
  }

  /** Slots that tokens hold. */
  int used() {
    return used;
  }

  /** Slots up to the last one held: attention need not look further. */
  int window() {
    return window;
  }

  /** The lowest free slots for some rows; empty if there are too few. */
  Optional<int[]> plan(int rowCount) {
    if (sequences.length - used < rowCount) {
      return Optional.empty();
    }
    int[] slots = new int[rowCount];
    int slot = used == window ? window : 0;
    for (int row = 0; row < rowCount; slot++) {
      if (sequences[slot] == FREE) {
        slots[row++] = slot;
      }
    }
    return Optional.of(slots);
  }

  void commit(CacheRows rows, int[] slots) {
    for (int row = 0; row < slots.length; row++) {
      int slot = slots[row];
      if (sequences[slot] != FREE) {
        throw new IllegalStateException("slot " + slot + " is held: a plan was committed twice");
      }
      if (rows.step() > 0) {
        markReplaced(rows.sequences()[row], rows.positions()[row], rows.step());
      }
      sequences[slot] = rows.sequences()[row];
      positions[slot] = rows.positions()[row];
      steps[slot] = rows.step();
      replacedAt[slot] = 0;
      window = Math.max(window, slot + 1);
    }
    used += slots.length;
  }

  private void markReplaced(int sequence, int position, int step) {
    for (int slot = window - 1; slot >= 0; slot--) {
      if (sequences[slot] == sequence && positions[slot] == position && steps[slot] == 0) {
        replacedAt[slot] |= 1L << step;
        return;
      }
    }
  }

  /** Gives back all slots of a sequence. */
  void release(int sequence) {
    for (int slot = 0; slot < window; slot++) {
      if (sequences[slot] == sequence) {
        sequences[slot] = FREE;
        used--;
      }
    }
    while (window > 0 && sequences[window - 1] == FREE) {
      window--;
    }
  }

  /**
   * Which slots each row may look at: those of its own sequence, at its own or earlier positions,
   * written at its own step or, where that step wrote none for the token, at step 0.
   *
   * @param width slots per row of the mask, at least {@link #window}
   * @param mask half-precision bits [width, rows], filled here
   */
  void fillMask(CacheRows rows, int width, short[] mask) {
    for (int row = 0; row < rows.count(); row++) {
      int sequence = rows.sequences()[row];
      int position = rows.positions()[row];
      int start = row * width;
      Arrays.fill(mask, start + window, start + width, HIDDEN);
      for (int slot = 0; slot < window; slot++) {
        boolean visible =
            sequences[slot] == sequence
                && positions[slot] <= position
                && (steps[slot] == rows.step()
                    || (steps[slot] == 0 && (replacedAt[slot] >>> rows.step() & 1) == 0));
        mask[start + slot] = visible ? VISIBLE : HIDDEN;
      }
    }
  }
}
