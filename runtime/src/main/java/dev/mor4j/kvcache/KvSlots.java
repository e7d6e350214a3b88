package dev.mor4j.kvcache;

import java.util.ArrayList;
import java.util.List;

/**
 * Which sequence holds which slots of the K/V cache. Bookkeeping only, free of native code. Slots
 * are taken in two phases: {@link #plan} proposes slots and changes nothing, {@link #commit} takes
 * them. Confined to the engine's thread.
 */
public final class KvSlots {
  private final KvLayout layout;
  private final List<SlotPool> pools = new ArrayList<>();

  /**
   * All slots are free.
   *
   * @param capacity number of slots of each region
   */
  public KvSlots(KvLayout layout, KvCapacity capacity) {
    this.layout = layout;
    for (int region = 0; region < layout.regions().size(); region++) {
      int steps = layout.regions().get(region).steps();
      pools.add(new SlotPool(capacity.slotCount(layout, region), steps));
    }
  }

  /** A lease without slots, for a new sequence; to be closed when the sequence ends. */
  public KvLease lease() {
    return new KvLease(emptyRegions());
  }

  /** Number of slots of a region that no sequence holds. */
  public int free(int region) {
    return pools.get(region).free();
  }

  /** Number of slots of a region. */
  public int slotCount(int region) {
    return pools.get(region).slotCount();
  }

  /** Number of slots of a region that sequences hold. */
  public int used(int region) {
    return pools.get(region).used();
  }

  /** Most slots that were held for a step at a time, since the beginning. */
  public int mostUsed(int region, int step) {
    return pools.get(region).mostUsed(step);
  }

  /**
   * Proposes the lowest free slots of a region.
   *
   * @param slots receives {@code count} slots
   * @return false if fewer slots are free; {@code slots} is unchanged then
   */
  public boolean plan(int region, int count, int[] slots) {
    return pools.get(region).plan(count, slots);
  }

  /**
   * Takes planned slots. The next graph writes their keys and values.
   *
   * @param slots one for each row; further ones are ignored
   * @throws IllegalStateException if a slot is held, because a plan was committed twice
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
      SlotList list = rows.lease(part).region(region).visibleAt(rows.step(part));
      int start = visible.add(list);
      for (int row = rows.start(part); row < rows.end(part); row++) {
        visible.addRow(start, list.countBefore(rows.position(row) + 1));
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
