package dev.mor4j.kvcache;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One sequence's slots in one region, step by step. */
final class RegionSlots {
  private final KvLayout.Region region;
  private final SlotPool pool;

  /** What each step wrote. */
  private final List<SlotList> written = new ArrayList<>();

  /** What rows of each step look at: the same lists, or mixtures of step 0 and their own. */
  private final List<SlotList> seen = new ArrayList<>();

  RegionSlots(KvLayout.Region region, SlotPool pool) {
    this.region = region;
    this.pool = pool;
    for (int step = 0; step < region.steps(); step++) {
      SlotList own = new SlotList();
      written.add(own);
      seen.add(region.fallsBack() && step > 0 ? new SlotList() : own);
    }
  }

  SlotList seenAt(int step) {
    return seen.get(step);
  }

  void add(int step, int position, int slot) {
    written.get(step).add(position, slot);
    if (!region.fallsBack()) {
      return;
    }
    if (step > 0) {
      seen.get(step).replace(position, slot);
      return;
    }
    for (SlotList deeper : seen.subList(1, seen.size())) {
      deeper.add(position, slot);
    }
  }

  /** Holds another sequence's slots too, those before a position; this one must hold none. */
  void shareFrom(RegionSlots source, int endPosition) {
    for (int step = 0; step < written.size(); step++) {
      SlotList from = source.written.get(step);
      int count = from.countUpTo(endPosition - 1);
      for (int i = 0; i < count; i++) {
        pool.share(from.slot(i));
        add(step, from.position(i), from.slot(i));
      }
    }
  }

  void release() {
    for (SlotList list : written) {
      for (int i = 0; i < list.size(); i++) {
        pool.release(list.slot(i));
      }
    }
  }

  int slotCount() {
    return written.stream().mapToInt(SlotList::size).sum();
  }

  void countInto(Map<String, Integer> held) {
    for (int step = 0; step < written.size(); step++) {
      held.merge(region.part(step), written.get(step).size(), Integer::sum);
    }
  }
}
