package dev.mor4j.graph;

/** Where the time of stages went so far, in nanoseconds. One thread. */
public final class StageTimes {
  private long build;
  private long fill;
  private long prelude;
  private long sharedBlock;
  private long coda;
  private long read;

  void built(long nanos) {
    build += nanos;
  }

  void filled(long nanos) {
    fill += nanos;
  }

  void computed(Stage stage, long nanos) {
    switch (stage) {
      case Stage.Prelude _ -> prelude += nanos;
      case Stage.SharedBlock _ -> sharedBlock += nanos;
      case Stage.Coda _ -> coda += nanos;
    }
  }

  void read(long nanos) {
    read += nanos;
  }

  /** Building graphs and giving them memory. */
  public long buildNanos() {
    return build;
  }

  /** Copying inputs to the device. */
  public long fillNanos() {
    return fill;
  }

  /** Computing preludes. */
  public long preludeNanos() {
    return prelude;
  }

  /** Running the shared block. */
  public long sharedBlockNanos() {
    return sharedBlock;
  }

  /** Computing codas. */
  public long codaNanos() {
    return coda;
  }

  /** Copying results back. */
  public long readNanos() {
    return read;
  }
}
