package dev.mor4j.kvcache;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The slots of one sequence in one region, by step. */
final class RegionSlots {
  private final KvLayout.Region region;
  private final SlotPool pool;

  /** Slots that each step has written. The sequence holds these. */
  private final List<SlotList> written = new ArrayList<>();

  /**
   * Slots that rows of each step read: the same list as {@link #written}, or, where a step falls
   * back to step 0, step 0's list with the step's own slots in their places.
   */
  private final List<SlotList> visible = new ArrayList<>();

  RegionSlots(KvLayout.Region region, SlotPool pool) {
    this.region = region;
    this.pool = pool;
    for (int step = 0; step < region.steps(); step++) {
      SlotList own = new SlotList();
      written.add(own);
      visible.add(region.fallsBack() && step > 0 ? new SlotList() : own);
    }
  }

  int stepCount() {
    return written.size();
  }

  /** Slots that rows of a step read. */
  SlotList visibleAt(int step) {
    return visible.get(step);
  }

  /** Adds a slot that a step writes. */
  void add(int step, int position, int slot) {
    written.get(step).add(position, slot);
    if (!region.fallsBack()) {
      return;
    }
    if (step > 0) {
      visible.get(step).replace(position, slot);
      return;
    }
    for (SlotList deeper : visible.subList(1, visible.size())) {
      deeper.add(position, slot);
    }
  }

  /** Shares the slots of another sequence's positions before {@code end}; this one has none yet. */
  void shareFrom(RegionSlots source, int end) {
    for (int step = 0; step < written.size(); step++) {
      SlotList from = source.written.get(step);
      int count = from.countBefore(end);
      for (int i = 0; i < count; i++) {
        pool.share(from.slot(i));
        add(step, from.position(i), from.slot(i));
      }
    }
  }

  /**
   * Releases the slots of positions from {@code end} on that a step has written.
   *
   * @throws IllegalStateException if step 0 is trimmed before a deeper step that falls back to it
   */
  void trim(int step, int end) {
    SlotList own = written.get(step);
    int count = own.countBefore(end);
    if (region.fallsBack() && step == 0) {
      trimVisible(end);
    }
    for (int i = count; i < own.size(); i++) {
      if (region.fallsBack() && step > 0) {
        int position = own.position(i);
        SlotList first = written.getFirst();
        visible.get(step).replace(position, first.slot(first.indexOf(position)));
      }
      pool.release(own.slot(i));
    }
    own.truncate(count);
  }

  private void trimVisible(int end) {
    for (int step = 1; step < written.size(); step++) {
      if (written.get(step).countBefore(end) < written.get(step).size()) {
        throw new IllegalStateException(
            "cannot trim step 0 to %s tokens: step %s has slots of later ones"
                .formatted(end, step));
      }
    }
    for (SlotList deeper : visible.subList(1, visible.size())) {
      deeper.truncate(deeper.countBefore(end));
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
