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
 * Which recursion steps can share a batch: those that compute with the same weights and store keys
 * and values alike. A model whose steps share all weights and have a K/V cache each has one group.
 * A checkpoint with attention weights of its own for each step has as many groups as steps.
 *
 * <p>Where each layer is repeated in place, one run of the shared block takes all steps. Such a run
 * counts as step 0.
 */
public final class StepGroups {
  private final Map<Integer, List<Integer>> members = new TreeMap<>();
  private final int[] groupOf;

  private StepGroups(int[] groupOf) {
    this.groupOf = groupOf;
    for (int step = 0; step < groupOf.length; step++) {
      members.computeIfAbsent(groupOf[step], first -> new ArrayList<>()).add(step);
    }
  }

  /** A group for every step, for observers that tell steps apart. */
  public static StepGroups separate(RecursionPlan plan) {
    return new StepGroups(IntStream.range(0, plan.sharedRuns().size()).toArray());
  }

  /**
   * The groups of a model.
   *
   * @param plan to full depth
   */
  public static StepGroups of(RecursionPlan plan, Weights weights, KvLayout layout) {
    int[] groupOf = new int[plan.sharedRuns().size()];
    for (int step = 0; step < groupOf.length; step++) {
      groupOf[step] = step;
      for (int earlier = step - 1; earlier >= 0; earlier--) {
        if (isSameWork(
            plan.sharedRuns().get(earlier), plan.sharedRuns().get(step), weights, layout)) {
          groupOf[step] = groupOf[earlier];
          break;
        }
      }
    }
    return new StepGroups(groupOf);
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

  /** The first step of each group, ascending. */
  public List<Integer> groups() {
    return List.copyOf(members.keySet());
  }

  /** The first step of the group that a step belongs to. */
  public int groupOf(int step) {
    return groupOf[step];
  }

  /** The steps of a group, ascending, by the group's first one. */
  public List<Integer> members(int group) {
    return List.copyOf(members.getOrDefault(group, List.of()));
  }
}
