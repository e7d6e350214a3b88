package dev.mor4j.graph;

/** The part of the forward pass that a graph computes. */
public sealed interface Stage {
  /** Token embedding, the unshared first layer, and the router that decides about step 0. */
  record Prelude() implements Stage {}

  /**
   * One run of the shared block, the gated update, and the routers of the steps that follow. Rows
   * at different recursion steps take it together if the steps are of one {@link StepGroups group}.
   *
   * @param step the first step of the group
   * @param depth maximum number of steps of the {@link dev.mor4j.model.RecursionPlan} that the run
   *     belongs to
   */
  record SharedBlock(int step, int depth) implements Stage {}

  /** The unshared last layer, the final norm and the head. */
  record Coda() implements Stage {}

  Stage PRELUDE = new Prelude();
  Stage CODA = new Coda();
}
