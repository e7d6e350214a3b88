package dev.mor4j.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Which stored block runs when: the prelude once, the shared block in passes, the coda once.
 *
 * <p>A pass is what one token runs between two decisions: one recursion step where layers cycle.
 * Where each layer is repeated in place there is nothing to decide, and one pass holds all steps.
 *
 * @param prelude the unshared first layer, or none
 * @param passes the shared block, in order
 * @param coda the unshared last layer, or none
 */
public record RecursionPlan(
    List<LayerRun> prelude, List<List<LayerRun>> passes, List<LayerRun> coda) {

  public RecursionPlan {
    prelude = List.copyOf(prelude);
    passes = passes.stream().map(List::copyOf).toList();
    coda = List.copyOf(coda);
  }

  /**
   * The plan of a model whose tokens take at most {@code depth} steps.
   *
   * @param depth 0 up to the model's recursion count
   * @throws IllegalArgumentException if {@code depth} is outside
   */
  public static RecursionPlan of(RecursionConfig recursion, int depth) {
    Checks.range("depth", depth, 0, recursion.count());
    boolean ends = recursion.sharing().hasUnsharedEnds();
    int first = ends ? 1 : 0;
    List<List<LayerRun>> passes =
        recursion.sharing().repeatsEachLayer()
            ? repeatedLayers(recursion, first, depth)
            : cycledSteps(recursion, first, depth);
    return new RecursionPlan(
        ends ? List.of(new LayerRun(0, 0)) : List.of(),
        passes,
        ends ? List.of(new LayerRun(recursion.blockLength() + 1, 0)) : List.of());
  }

  /** Every execution of a block, in order. */
  public List<LayerRun> runs() {
    List<LayerRun> runs = new ArrayList<>(prelude);
    passes.forEach(runs::addAll);
    runs.addAll(coda);
    return runs;
  }

  private static List<List<LayerRun>> cycledSteps(RecursionConfig recursion, int first, int depth) {
    List<List<LayerRun>> passes = new ArrayList<>();
    for (int step = 0; step < depth; step++) {
      List<LayerRun> pass = new ArrayList<>();
      for (int layer = 0; layer < recursion.blockLength(); layer++) {
        pass.add(new LayerRun(first + layer, step));
      }
      passes.add(pass);
    }
    return passes;
  }

  private static List<List<LayerRun>> repeatedLayers(
      RecursionConfig recursion, int first, int depth) {
    if (depth == 0) {
      return List.of();
    }
    List<LayerRun> pass = new ArrayList<>();
    for (int layer = 0; layer < recursion.blockLength(); layer++) {
      for (int step = 0; step < depth; step++) {
        pass.add(new LayerRun(first + layer, step));
      }
    }
    return List.of(pass);
  }
}
