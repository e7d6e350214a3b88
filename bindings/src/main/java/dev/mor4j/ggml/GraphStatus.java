package dev.mor4j.ggml;

/** The outcome of a graph's run. */
public enum GraphStatus {
  /** All operations ran. */
  DONE,
  /** A {@link CancelFlag} stopped it; results are undefined. */
  ABORTED
}
