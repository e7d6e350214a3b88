package dev.mor4j.kvcache;

import java.util.ArrayList;
import java.util.List;

/**
 * Who holds which slot, in all regions. Bookkeeping only: no native code. Works in two phases:
 * {@link #plan} proposes slots and changes nothing, {@link #commit} is the only writer. One thread.
 */
public final class KvSlots {
  private final KvLayout layout;
  private final List<SlotPool> pools = new ArrayList<>();

  /**
   * Room for a number of tokens.
   *
   * @param capacity slots of each region
   */
  public KvSlots(KvLayout layout, KvCapacity capacity) {
    this.layout = layout;
    for (int region = 0; region < layout.regions().size(); region++) {
      int steps = layout.regions().get(region).steps();
      pools.add(new SlotPool(capacity.slotCount(layout, region), steps));
    }
  }

  /** Opens a place for a new sequence; close it when the sequence ends. */
  public KvLease lease() {
    return new KvLease(emptyRegions());
  }

  /** Slots that nobody holds. */
  public int free(int region) {
    return pools.get(region).free();
  }

  /** Slots that there are. */
  public int slotCount(int region) {
    return pools.get(region).slotCount();
  }

  /** Slots that somebody holds. */
  public int used(int region) {
    return pools.get(region).used();
  }

  /** Most slots that were held for a step at a time. */
  public int mostUsed(int region, int step) {
    return pools.get(region).mostUsed(step);
  }

  /**
   * Finds the lowest free slots of a region.
   *
   * @param slots its first {@code count} entries are set, if there are so many
   * @return whether there are
   */
  public boolean plan(int region, int count, int[] slots) {
    return pools.get(region).plan(count, slots);
  }

  /**
   * Takes planned slots, one a row and more perhaps; their keys and values are to be written by the
   * next graph.
   */
  public void commit(int region, KvRows rows, int[] slots) {
    for (int part = 0; part < rows.partCount(); part++) {
      int start = rows.start(part);
      int step = rows.step(part);
      pools.get(region).commit(slots, start, rows.end(part) - start, step);
      RegionSlots held = rows.lease(part).region(region);
      for (int row = start; row < rows.end(part); row++) {
        held.add(step, rows.position(row), slots[row]);
      }
    }
  }

  /**
   * Finds the slots that attention may read for each row: those of the row's sequence at its own
   * and earlier positions that the row's step wrote. Under {@code SHARED_UPDATE} step 0's slot
   * stands in for each token that did not take the step.
   *
   * @param visible is filled, row after row
   */
  public void findVisible(int region, KvRows rows, VisibleSlots visible) {
    visible.clear();
    for (int part = 0; part < rows.partCount(); part++) {
      SlotList list = rows.lease(part).region(region).seenAt(rows.step(part));
      int start = visible.add(list);
      for (int row = rows.start(part); row < rows.end(part); row++) {
        visible.addRow(start, list.countUpTo(rows.position(row)));
      }
    }
  }

  private List<RegionSlots> emptyRegions() {
    List<RegionSlots> regions = new ArrayList<>();
    for (int region = 0; region < pools.size(); region++) {
      regions.add(new RegionSlots(layout.regions().get(region), pools.get(region)));
    }
    return regions;
  }
}
