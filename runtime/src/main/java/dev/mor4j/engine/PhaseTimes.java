package dev.mor4j.engine;

import dev.mor4j.graph.StageTimes;

/**
 * The time spent on requests by phase, in nanoseconds. Prelude, recursion steps and coda are
 * computed by ggml; the other phases are the engine's own.
 *
 * @param graphBuild building graphs and allocating their memory
 * @param inputFill copying inputs to the device
 * @param prelude computing the layers before the first recursion step
 * @param passes computing recursion steps
 * @param coda computing the layers after the last step, and the logits
 * @param readBack copying results back
 * @param sampling picking tokens and delivering them
 * @param scheduling everything else: batches, routing decisions, cache slots
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
   * Derives the phases from the times of the stages.
   *
   * @param total time spent on requests
   * @param sampling time spent on sampling, without reading results back
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

  /** The time since earlier times of the same engine. */
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

  /** The sum of both. */
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

  /** The sum of all phases. */
  public long total() {
    return compute() + graphBuild + inputFill + readBack + sampling + scheduling;
  }

  /** Share of the time in which ggml did not compute, 0 to 1. */
  public double shareOutsideCompute() {
    return total() == 0 ? 0 : 1 - (double) compute() / total();
  }
}
