package dev.mor4j.graph;

/** What a graph computes of the forward pass. */
public sealed interface Stage {
  /** Token embedding, the unshared first layer, and the router that is asked before step 0. */
  record Prelude() implements Stage {}

  /**
   * The shared block, once, the gated update, and the routers that are asked next. Rows of several
   * passes may share it if their {@link PassGroups group} is one.
   *
   * @param pass index in the plan of the group's first pass
   * @param depth most steps of the {@link dev.mor4j.model.RecursionPlan} that it belongs to
   */
  record Pass(int pass, int depth) implements Stage {}

  /** The unshared last layer, the final norm and the head. */
  record Coda() implements Stage {}

  Stage PRELUDE = new Prelude();
  Stage CODA = new Coda();
}
