package dev.mor4j.kvcache;

import java.util.Arrays;

/** The slots of one sequence at one step, in order of positions. */
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

  /**
   * Appends a slot.
   *
   * @throws IllegalStateException if the position is not after the last one
   */
  void add(int position, int slot) {
    if (size > 0 && positions[size - 1] >= position) {
      throw new IllegalStateException(
          "position %s cannot follow position %s".formatted(position, positions[size - 1]));
    }
    if (size == slots.length) {
      positions = Arrays.copyOf(positions, 2 * size);
      slots = Arrays.copyOf(slots, 2 * size);
    }
    positions[size] = position;
    slots[size++] = slot;
  }

  /**
   * Replaces the slot of a position.
   *
   * @throws IllegalStateException if the position has none
   */
  void replace(int position, int slot) {
    int index = indexOf(position);
    if (index < 0) {
      throw new IllegalStateException("position %s has no slot to replace".formatted(position));
    }
    slots[index] = slot;
  }

  /** Index of a position's slot; below 0 if it has none. */
  int indexOf(int position) {
    int index = countBefore(position + 1) - 1;
    return index >= 0 && positions[index] == position ? index : -1;
  }

  /** Number of slots of positions before {@code end}. */
  int countBefore(int end) {
    if (size == 0 || positions[size - 1] < end) {
      return size;
    }
    int found = Arrays.binarySearch(positions, 0, size, end);
    return found >= 0 ? found : -found - 1;
  }

  /** Keeps the first {@code count} slots only. */
  void truncate(int count) {
    size = count;
  }

  void copyTo(int[] target, int offset) {
    System.arraycopy(slots, 0, target, offset, size);
  }
}
