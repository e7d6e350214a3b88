package dev.mor4j.kvcache;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One sequence's slots, in all regions; given back on close. Confined to the engine's thread. */
public final class KvLease implements AutoCloseable {
  private final List<RegionSlots> regions;
  private boolean isClosed;

  KvLease(List<RegionSlots> regions) {
    this.regions = List.copyOf(regions);
  }

  RegionSlots region(int index) {
    if (isClosed) {
      throw new IllegalStateException("the sequence has given its slots back");
    }
    return regions.get(index);
  }

  /**
   * Takes over what another sequence of the same cache has stored for its first tokens, without
   * copying. This lease must hold nothing yet.
   *
   * @param tokenCount tokens that both sequences begin with, and the other one has taken through
   *     all stages
   */
  public void sharePrefix(KvLease source, int tokenCount) {
    for (int region = 0; region < regions.size(); region++) {
      region(region).shareFrom(source.region(region), tokenCount);
    }
  }

  /** Slots held in a region, shared ones too. */
  public int slotCount(int region) {
    return region(region).slotCount();
  }

  /** Slots held, by part of the cache; shared ones count in every sequence. */
  public Map<String, Integer> held() {
    Map<String, Integer> held = new LinkedHashMap<>();
    regions.forEach(region -> region.countInto(held));
    return held;
  }

  @Override
  public void close() {
    if (!isClosed) {
      isClosed = true;
      regions.forEach(RegionSlots::release);
    }
  }
}
