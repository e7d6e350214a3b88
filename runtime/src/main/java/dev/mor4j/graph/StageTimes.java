package dev.mor4j.graph;

/** The accumulated time of each kind of work, in nanoseconds. Confined to the engine's thread. */
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

  /** Building and allocating graphs. */
  public long buildNanos() {
    return build;
  }

  /** Copying inputs to the devices. */
  public long fillNanos() {
    return fill;
  }

  /** Running preludes. */
  public long preludeNanos() {
    return prelude;
  }

  /** Running the shared block. */
  public long sharedBlockNanos() {
    return sharedBlock;
  }

  /** Running codas. */
  public long codaNanos() {
    return coda;
  }

  /** Copying results to the host. */
  public long readNanos() {
    return read;
  }
}
