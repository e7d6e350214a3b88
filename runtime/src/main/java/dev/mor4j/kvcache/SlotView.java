package dev.mor4j.kvcache;

import java.util.Arrays;

/**
 * Which slots each row of a batch may look at. Used again for one batch after another: a token
 * costs no garbage. One thread.
 */
public final class SlotView {
  private int[] slots = new int[256];
  private int[] spans = new int[64];
  private int[] selected = new int[64];
  private int slotCount;
  private int rowCount;

  /** An empty view. */
  public SlotView() {}

  void clear() {
    slotCount = 0;
    rowCount = 0;
  }

  /** Adds a sequence's slots; returns where they begin. */
  int add(SlotList list) {
    int start = slotCount;
    slots = grown(slots, slotCount + list.size());
    list.copyTo(slots, start);
    slotCount += list.size();
    return start;
  }

  /** Adds a row that sees {@code count} slots from {@code start}. */
  void addRow(int start, int count) {
    spans = grown(spans, 2 * rowCount + 2);
    spans[2 * rowCount] = start;
    spans[2 * rowCount + 1] = count;
    rowCount++;
  }

  private static int[] grown(int[] array, int size) {
    return size <= array.length ? array : Arrays.copyOf(array, Math.max(size, 2 * array.length));
  }

  /** Entries of {@link #slots}. */
  public int slotCount() {
    return slotCount;
  }

  /** Rows described. */
  public int rowCount() {
    return rowCount;
  }

  /** At least {@code size} entries, the first {@link #slotCount} of them slots. */
  public int[] slots(int size) {
    slots = grown(slots, size);
    return slots;
  }

  /**
   * For each of at least {@code rows} rows where its slots begin, then how many it sees; rows
   * beyond {@link #rowCount} see none.
   */
  public int[] spans(int rows) {
    spans = grown(spans, 2 * rows);
    Arrays.fill(spans, 2 * rowCount, 2 * Math.max(rows, rowCount), 0);
    return spans;
  }

  /**
   * The same for the first {@code count} of some rows, in their order; those without a description
   * see none.
   */
  public int[] spans(int[] rows, int count) {
    int[] all = spans(rowCount);
    selected = grown(selected, 2 * count);
    for (int i = 0; i < count; i++) {
      boolean sees = rows[i] < rowCount;
      selected[2 * i] = sees ? all[2 * rows[i]] : 0;
      selected[2 * i + 1] = sees ? all[2 * rows[i] + 1] : 0;
    }
    return selected;
  }

  /** One past the highest slot that any row sees. */
  public int highestSlot() {
    int highest = 0;
    for (int i = 0; i < slotCount; i++) {
      highest = Math.max(highest, slots[i] + 1);
    }
    return highest;
  }
}
