package dev.mor4j.kvcache;

import java.util.Arrays;

/** Slots of one sequence at one step, in the order of positions. */
final class SlotList {
  private int[] positions = new int[16];
  private int[] slots = new int[16];
  private int size;

  int size() {
    return size;
  }

  int slot(int index) {
    return slots[index];
  }

  int position(int index) {
    return positions[index];
  }

  void add(int position, int slot) {
    if (size > 0 && positions[size - 1] >= position) {
      throw new IllegalStateException(
          "position %d comes after %d".formatted(position, positions[size - 1]));
    }
    if (size == slots.length) {
      positions = Arrays.copyOf(positions, 2 * size);
      slots = Arrays.copyOf(slots, 2 * size);
    }
    positions[size] = position;
    slots[size++] = slot;
  }

  /** Puts another slot in the place of the one that stands for a position. */
  void replace(int position, int slot) {
    int index = countUpTo(position) - 1;
    if (index < 0 || positions[index] != position) {
      throw new IllegalStateException("position %d has no slot to replace".formatted(position));
    }
    slots[index] = slot;
  }

  /** Entries at or before a position. */
  int countUpTo(int position) {
    if (size > 0 && positions[size - 1] <= position) {
      return size;
    }
    int found = Arrays.binarySearch(positions, 0, size, position);
    return found >= 0 ? found + 1 : -found - 1;
  }

  void copyTo(int[] target, int offset) {
    System.arraycopy(slots, 0, target, offset, size);
  }
}
