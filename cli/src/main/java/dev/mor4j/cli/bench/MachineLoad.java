package dev.mor4j.cli.bench;

/**
 * What else the machine did during a measurement.
 *
 * @param before processes that ran or wanted to in the minute before, on average; below 0 if the
 *     system does not tell
 * @param after the same at the end
 * @param othersShare share of all processors that other processes used, 0 to 1; NaN if the system
 *     does not tell
 * @param seconds that it took
 * @param processors of the machine
 */
record MachineLoad(
    double before, double after, double othersShare, double seconds, int processors) {
  /** The system's clock is that coarse, for each processor at begin and end. */
  private static final double TICK_SECONDS = 0.02;

  /** Whether others used more of the machine than a limit, or nobody can tell. */
  boolean isNoisy(double limit) {
    double unsure = Math.min(1, TICK_SECONDS / Math.max(TICK_SECONDS, seconds));
    return !(othersShare <= limit + unsure);
  }
}
