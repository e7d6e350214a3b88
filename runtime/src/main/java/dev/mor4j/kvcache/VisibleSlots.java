package dev.mor4j.kvcache;

import java.util.Arrays;

/**
 * The slots that attention may read for each row of a batch: lists of slots, one after another, and
 * for each row a range of them. Rows of one sequence at one step share a list; the range of a row
 * ends at the row's own position. The arrays are reused from batch to batch, so decoding makes no
 * garbage. Not thread-safe.
 */
public final class VisibleSlots {
  private int[] slots = new int[256];

  /** For each row the start of its range and its length. */
  private int[] ranges = new int[64];

  private int[] selected = new int[64];
  private int slotCount;
  private int rowCount;

  /** Without rows. */
  public VisibleSlots() {}

  void clear() {
    slotCount = 0;
    rowCount = 0;
  }

  /** Appends a list of slots; returns its start. */
  int add(SlotList list) {
    int start = slotCount;
    slots = grown(slots, slotCount + list.size());
    list.copyTo(slots, start);
    slotCount += list.size();
    return start;
  }

  /** Appends a row that may read {@code count} slots from {@code start} on. */
  void addRow(int start, int count) {
    ranges = grown(ranges, 2 * rowCount + 2);
    ranges[2 * rowCount] = start;
    ranges[2 * rowCount + 1] = count;
    rowCount++;
  }

  private static int[] grown(int[] array, int size) {
    return size <= array.length ? array : Arrays.copyOf(array, Math.max(size, 2 * array.length));
  }

  /** Length of all lists together. */
  public int slotCount() {
    return slotCount;
  }

  /** Rows that have a range. */
  public int rowCount() {
    return rowCount;
  }

  /**
   * All lists of slots, one after another.
   *
   * @param size least length of the array
   * @return borrowed until the next batch; only the first {@link #slotCount} values count
   */
  public int[] slots(int size) {
    slots = grown(slots, size);
    return slots;
  }

  /**
   * The start and the length of each row's range in {@link #slots}. Rows from {@link #rowCount} on,
   * which pad the batch, have an empty range.
   *
   * @param rows least number of rows
   * @return borrowed until the next batch; two values for each row
   */
  public int[] ranges(int rows) {
    ranges = grown(ranges, 2 * rows);
    Arrays.fill(ranges, 2 * rowCount, 2 * Math.max(rows, rowCount), 0);
    return ranges;
  }

  /**
   * The start and the length of the ranges of some rows. Rows from {@link #rowCount} on have an
   * empty range.
   *
   * @param rows indexes of rows, in any order
   * @param count how many of them count
   * @return borrowed until the next call; two values for each row
   */
  public int[] ranges(int[] rows, int count) {
    int[] all = ranges(rowCount);
    selected = grown(selected, 2 * count);
    for (int i = 0; i < count; i++) {
      boolean isKnown = rows[i] < rowCount;
      selected[2 * i] = isKnown ? all[2 * rows[i]] : 0;
      selected[2 * i + 1] = isKnown ? all[2 * rows[i] + 1] : 0;
    }
    return selected;
  }

  /** One past the highest slot of any list. */
  public int highestSlot() {
    int highest = 0;
    for (int i = 0; i < slotCount; i++) {
      highest = Math.max(highest, slots[i] + 1);
    }
    return highest;
  }
}
