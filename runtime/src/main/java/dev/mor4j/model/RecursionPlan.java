package dev.mor4j.model;

import java.util.ArrayList;
import java.util.List;

/**
 * The order in which stored blocks run: the prelude once, the shared block several times, the coda
 * once.
 *
 * <p>A run of the shared block is what a token executes between two routing decisions. If layers
 * cycle, a run is one recursion step. If each layer is repeated in place, there is nothing to
 * decide, and one run has all steps.
 *
 * @param prelude the unshared first layer; empty if there is none
 * @param sharedRuns the runs of the shared block, in order
 * @param coda the unshared last layer; empty if there is none
 */
public record RecursionPlan(
    List<LayerRun> prelude, List<List<LayerRun>> sharedRuns, List<LayerRun> coda) {

  public RecursionPlan {
    prelude = List.copyOf(prelude);
    sharedRuns = sharedRuns.stream().map(List::copyOf).toList();
    coda = List.copyOf(coda);
  }

  /**
   * Creates the plan of a model whose tokens take at most {@code depth} steps.
   *
   * @param depth 0 up to the model's recursion count
   * @throws IllegalArgumentException if {@code depth} is out of that range
   */
  public static RecursionPlan of(RecursionConfig recursion, int depth) {
    Checks.range("depth", depth, 0, recursion.count());
    boolean ends = recursion.sharing().hasUnsharedEnds();
    int first = ends ? 1 : 0;
    List<List<LayerRun>> sharedRuns =
        recursion.sharing().repeatsEachLayer()
            ? repeatedLayers(recursion, first, depth)
            : cycledSteps(recursion, first, depth);
    return new RecursionPlan(
        ends ? List.of(new LayerRun(0, 0)) : List.of(),
        sharedRuns,
        ends ? List.of(new LayerRun(recursion.blockLength() + 1, 0)) : List.of());
  }

  /** Every execution of a stored block, in order. */
  public List<LayerRun> runs() {
    List<LayerRun> runs = new ArrayList<>(prelude);
    sharedRuns.forEach(runs::addAll);
    runs.addAll(coda);
    return runs;
  }

  private static List<List<LayerRun>> cycledSteps(RecursionConfig recursion, int first, int depth) {
    List<List<LayerRun>> steps = new ArrayList<>();
    for (int step = 0; step < depth; step++) {
      List<LayerRun> runs = new ArrayList<>();
      for (int layer = 0; layer < recursion.blockLength(); layer++) {
        runs.add(new LayerRun(first + layer, step));
      }
      steps.add(runs);
    }
    return steps;
  }

  private static List<List<LayerRun>> repeatedLayers(
      RecursionConfig recursion, int first, int depth) {
    if (depth == 0) {
      return List.of();
    }
    List<LayerRun> runs = new ArrayList<>();
    for (int layer = 0; layer < recursion.blockLength(); layer++) {
      for (int step = 0; step < depth; step++) {
        runs.add(new LayerRun(first + layer, step));
      }
    }
    return List.of(runs);
  }
}
