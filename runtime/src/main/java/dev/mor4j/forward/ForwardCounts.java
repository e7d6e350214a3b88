package dev.mor4j.forward;

/** What a forward pass has computed since it was made. Confined to the engine's thread. */
public final class ForwardCounts {
  private final long[] rowsByStep;
  private long tokenCount;
  private long sharedBlockRuns;

  /**
   * Nothing yet.
   *
   * @param runCount most runs of the shared block that a token takes
   */
  ForwardCounts(int runCount) {
    rowsByStep = new long[runCount];
  }

  void addRows(int step, int rows) {
    rowsByStep[step] += rows;
  }

  void addSharedBlockRun() {
    sharedBlockRuns++;
  }

  void addTokens(int count) {
    tokenCount += count;
  }

  /**
   * Rows that ran each recursion step. Where each layer is repeated in place, one run takes all
   * steps and counts as step 0.
   *
   * @return a copy
   */
  public long[] rowsByStep() {
    return rowsByStep.clone();
  }

  /** Tokens that took all stages. */
  public long tokenCount() {
    return tokenCount;
  }

  /** Runs of the shared block, with any number of rows. */
  public long sharedBlockRuns() {
    return sharedBlockRuns;
  }
}
