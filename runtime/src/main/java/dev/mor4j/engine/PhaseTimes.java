package dev.mor4j.engine;

import dev.mor4j.graph.StageTimes;

/**
 * Where the time spent on requests went, in nanoseconds. Computing is all that ggml does; the rest
 * is the engine's own.
 *
 * @param graphBuild building graphs and giving them memory
 * @param inputFill copying inputs to the device
 * @param prelude computing what comes before the first recursion step
 * @param passes computing recursion steps
 * @param coda computing what comes after the last one, the logits included
 * @param readBack copying results back
 * @param sampling picking tokens and handing them out
 * @param scheduling all else: who runs, who takes which step, who holds which slot
 */
public record PhaseTimes(
    long graphBuild,
    long inputFill,
    long prelude,
    long passes,
    long coda,
    long readBack,
    long sampling,
    long scheduling) {

  /**
   * @param total time spent on requests
   * @param sampling that part of it, without reading back
   */
  static PhaseTimes of(StageTimes stages, long sampling, long total) {
    long known =
        stages.buildNanos()
            + stages.fillNanos()
            + stages.preludeNanos()
            + stages.sharedBlockNanos()
            + stages.codaNanos()
            + stages.readNanos()
            + sampling;
    return new PhaseTimes(
        stages.buildNanos(),
        stages.fillNanos(),
        stages.preludeNanos(),
        stages.sharedBlockNanos(),
        stages.codaNanos(),
        stages.readNanos(),
        sampling,
        Math.max(0, total - known));
  }

  /** What was spent after an earlier look at the same engine. */
  public PhaseTimes since(PhaseTimes earlier) {
    return new PhaseTimes(
        graphBuild - earlier.graphBuild,
        inputFill - earlier.inputFill,
        prelude - earlier.prelude,
        passes - earlier.passes,
        coda - earlier.coda,
        readBack - earlier.readBack,
        sampling - earlier.sampling,
        scheduling - earlier.scheduling);
  }

  /** Both together. */
  public PhaseTimes plus(PhaseTimes other) {
    return new PhaseTimes(
        graphBuild + other.graphBuild,
        inputFill + other.inputFill,
        prelude + other.prelude,
        passes + other.passes,
        coda + other.coda,
        readBack + other.readBack,
        sampling + other.sampling,
        scheduling + other.scheduling);
  }

  /** Time in which ggml computed. */
  public long compute() {
    return prelude + passes + coda;
  }

  /** All of it. */
  public long total() {
    return compute() + graphBuild + inputFill + readBack + sampling + scheduling;
  }

  /** Share of the time in which ggml did not compute, 0 to 1. */
  public double shareOutsideCompute() {
    return total() == 0 ? 0 : 1 - (double) compute() / total();
  }
}
