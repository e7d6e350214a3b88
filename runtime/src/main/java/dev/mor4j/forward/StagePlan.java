package dev.mor4j.forward;

import dev.mor4j.graph.Stage;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionPlan;
import dev.mor4j.model.RoutingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/** The stages of one model, for each depth limit. Immutable. */
final class StagePlan {
  private final StageLayers prelude;
  private final StageLayers coda;

  /** By depth limit, from 1 on. */
  private final List<DepthPlan> byDepthLimit = new ArrayList<>();

  StagePlan(MorConfig config, KvLayout layout) {
    int steps = config.recursionCount();
    RecursionPlan full = RecursionPlan.of(config.recursion(), steps);
    prelude = StageLayers.of(Stage.PRELUDE, full.prelude(), layout);
    coda = StageLayers.of(Stage.CODA, full.coda(), layout);
    List<StageLayers> fullRuns = runs(config, steps, layout);
    for (int limit = 1; limit <= steps; limit++) {
      // runs of cycled layers are the same for every limit, so chunks of any limit share them
      byDepthLimit.add(
          config.recursion().sharing().repeatsEachLayer()
              ? new DepthPlan(runs(config, limit, layout), 1, limit)
              : new DepthPlan(fullRuns, limit, 1));
    }
  }

  private static List<StageLayers> runs(MorConfig config, int depth, KvLayout layout) {
    RecursionPlan plan = RecursionPlan.of(config.recursion(), depth);
    return IntStream.range(0, plan.sharedRuns().size())
        .mapToObj(
            step ->
                StageLayers.of(
                    new Stage.SharedBlock(step, depth), plan.sharedRuns().get(step), layout))
        .toList();
  }

  StageLayers prelude() {
    return prelude;
  }

  StageLayers coda() {
    return coda;
  }

  /** The runs of the shared block for a routing mode, which is resolved for the model. */
  DepthPlan of(RoutingMode mode) {
    return byDepthLimit.get(mode.depthLimit() - 1);
  }

  /** The runs of the shared block without a depth limit. */
  DepthPlan fullDepth() {
    return byDepthLimit.getLast();
  }

  /** The step whose slots in the K/V cache a run reads and writes. */
  int cacheStep(int step) {
    return Objects.requireNonNull(fullDepth().run(step).place()).step();
  }
}
