package dev.mor4j.graph;

import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvLayout.Place;
import dev.mor4j.model.LayerRun;
import dev.mor4j.model.RecursionPlan;
import dev.mor4j.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Which passes through the shared block can share a batch: those that compute with the same weights
 * and store keys and values alike. One group where everything is shared and cached step by step;
 * checkpoints with attention of their own for each step have as many groups as steps.
 */
public final class PassGroups {
  private final Map<Integer, List<Integer>> members = new TreeMap<>();
  private final int[] groupOf;

  private PassGroups(int[] groupOf) {
    this.groupOf = groupOf;
    for (int pass = 0; pass < groupOf.length; pass++) {
      members.computeIfAbsent(groupOf[pass], first -> new ArrayList<>()).add(pass);
    }
  }

  /** Every pass alone, as an observer wants it who tells steps apart. */
  public static PassGroups separate(RecursionPlan plan) {
    return new PassGroups(IntStream.range(0, plan.passes().size()).toArray());
  }

  /** The groups of a plan to full depth. */
  public static PassGroups of(RecursionPlan plan, Weights weights, KvLayout layout) {
    int[] groupOf = new int[plan.passes().size()];
    for (int pass = 0; pass < groupOf.length; pass++) {
      groupOf[pass] = pass;
      for (int earlier = pass - 1; earlier >= 0; earlier--) {
        if (isSameWork(plan.passes().get(earlier), plan.passes().get(pass), weights, layout)) {
          groupOf[pass] = groupOf[earlier];
          break;
        }
      }
    }
    return new PassGroups(groupOf);
  }

  private static boolean isSameWork(
      List<LayerRun> one, List<LayerRun> other, Weights weights, KvLayout layout) {
    for (int i = 0; i < one.size(); i++) {
      Place place = layout.place(one.get(i));
      Place otherPlace = layout.place(other.get(i));
      if (!weights.block(one.get(i)).equals(weights.block(other.get(i)))
          || place.layer() != otherPlace.layer()
          || place.writes() != otherPlace.writes()) {
        return false;
      }
    }
    return true;
  }

  /** First passes of all groups, ascending. */
  public List<Integer> groups() {
    return List.copyOf(members.keySet());
  }

  /** The first pass of the group that a pass belongs to. */
  public int groupOf(int pass) {
    return groupOf[pass];
  }

  /** The passes of a group, by its first one. */
  public List<Integer> members(int group) {
    return List.copyOf(members.getOrDefault(group, List.of()));
  }
}
