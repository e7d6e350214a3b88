package dev.mor4j.kvcache;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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

  /** The lowest free slots of a region; empty if there are too few. */
  public Optional<int[]> plan(int region, int count) {
    return pools.get(region).plan(count);
  }

  /** Takes planned slots for rows; their keys and values are to be written by the next graph. */
  public void commit(int region, KvRows rows, int[] slots) {
    int next = 0;
    for (int i = 0; i < rows.parts().size(); i++) {
      KvRows.Part part = rows.parts().get(i);
      pools.get(region).commit(slots, next, part.positions().length, part.step());
      RegionSlots held = part.lease().region(region);
      for (int position : part.positions()) {
        held.add(part.step(), position, slots[next++]);
      }
    }
  }

  /**
   * Which slots each row may look at: those of its own sequence, at its own or earlier positions,
   * written at its own step or, where deeper steps replace what step 0 stored, at step 0.
   *
   * @param view filled here, row after row
   */
  public void look(int region, KvRows rows, SlotView view) {
    view.clear();
    for (int i = 0; i < rows.parts().size(); i++) {
      KvRows.Part part = rows.parts().get(i);
      SlotList list = part.lease().region(region).seenAt(part.step());
      int start = view.add(list);
      for (int position : part.positions()) {
        view.addRow(start, list.countUpTo(position));
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
