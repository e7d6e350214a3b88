package dev.mor4j.forward;

import java.util.List;
import java.util.Objects;

/**
 * The runs of the shared block for chunks with one depth limit.
 *
 * @param runs what each run computes, by its first recursion step
 * @param runCount most runs that a token takes
 * @param stepsPerRun recursion steps that one run takes: 1 where layers cycle, all steps where each
 *     layer is repeated in place
 */
record DepthPlan(List<StageLayers> runs, int runCount, int stepsPerRun) {
  DepthPlan {
    runs = List.copyOf(runs);
    Objects.checkFromToIndex(0, runCount, runs.size());
  }

  /** What the run computes that begins with a step. */
  StageLayers run(int step) {
    return runs.get(step);
  }
}
