package dev.mor4j.ggml;

/** How a graph's run ended. */
public enum GraphStatus {
  /** All operations ran. */
  DONE,
  /** A {@link CancelFlag} stopped it; results are undefined. */
  ABORTED
}
