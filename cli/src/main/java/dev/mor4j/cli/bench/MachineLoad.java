package dev.mor4j.cli.bench;

/**
 * Load of the machine during a measurement.
 *
 * @param before mean number of runnable processes in the minute before; negative if the system does
 *     not report it
 * @param after the same at the end
 * @param othersShare CPU share of other processes, 0 to 1; NaN if the system does not report it
 * @param seconds duration of the measurement
 * @param processors number of processors of the machine
 */
record MachineLoad(
    double before, double after, double othersShare, double seconds, int processors) {
  /** Resolution of the system's clock for each processor, at the start and at the end. */
  private static final double TICK_SECONDS = 0.02;

  /** Whether other processes used more than a limit, or whether that is unknown. */
  boolean isNoisy(double limit) {
    double unsure = Math.min(1, TICK_SECONDS / Math.max(TICK_SECONDS, seconds));
    return !(othersShare <= limit + unsure);
  }
}
