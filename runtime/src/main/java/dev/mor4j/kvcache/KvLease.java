package dev.mor4j.kvcache;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The slots of one sequence in all regions. Closing it releases them; a slot that other sequences
 * share stays theirs. Confined to the engine's thread.
 */
public final class KvLease implements AutoCloseable {
  private final List<RegionSlots> regions;
  private boolean isClosed;

  KvLease(List<RegionSlots> regions) {
    this.regions = List.copyOf(regions);
  }

  RegionSlots region(int index) {
    if (isClosed) {
      throw new IllegalStateException("the sequence has released its slots");
    }
    return regions.get(index);
  }

  /**
   * Shares the slots of another sequence's first tokens, without copying keys and values. This
   * lease must be empty.
   *
   * @param source a lease of the same cache
   * @param tokenCount tokens that both sequences begin with, and that have taken all stages
   */
  public void sharePrefix(KvLease source, int tokenCount) {
    for (int region = 0; region < regions.size(); region++) {
      region(region).shareFrom(source.region(region), tokenCount);
    }
  }

  /**
   * Releases the slots of all positions from {@code tokenCount} on, in every region and at every
   * step. A shared slot stays with the other sequences. Positions before keep their slots, also
   * where a deeper step falls back to step 0.
   *
   * @param tokenCount 0 or more; no slot is released if the sequence holds none beyond
   */
  public void trim(int tokenCount) {
    for (int region = 0; region < regions.size(); region++) {
      for (int step = stepCount(region) - 1; step >= 0; step--) {
        trim(region, step, tokenCount);
      }
    }
  }

  /**
   * Releases the slots of all positions from {@code tokenCount} on that one step of a region wrote.
   * Where the step falls back to step 0, rows of the step read step 0's slots of these positions
   * afterwards.
   *
   * @param tokenCount 0 or more
   * @throws IllegalStateException if {@code step} is 0 and a deeper step that falls back to it has
   *     slots of these positions: trim the deepest step first
   */
  public void trim(int region, int step, int tokenCount) {
    if (tokenCount < 0) {
      throw new IllegalArgumentException("tokens to keep: expected 0 or more, found " + tokenCount);
    }
    region(region).trim(step, tokenCount);
  }

  private int stepCount(int region) {
    return region(region).stepCount();
  }

  /** Number of slots held in a region, those that are shared included. */
  public int slotCount(int region) {
    return region(region).slotCount();
  }

  /** Number of slots held by part of the cache; a shared slot counts for every holder. */
  public Map<String, Integer> held() {
    Map<String, Integer> held = new LinkedHashMap<>();
    regions.forEach(region -> region.countInto(held));
    return held;
  }

  /** Releases all slots. Does nothing if closed already. */
  @Override
  public void close() {
    if (!isClosed) {
      isClosed = true;
      regions.forEach(RegionSlots::release);
    }
  }
}
