package dev.mor4j.forward;

/** What a forward pass has computed so far. Engine thread. */
public final class ForwardCounts {
  private final long[] rowsByPass;
  private long tokens;
  private long passes;

  ForwardCounts(int passes) {
    rowsByPass = new long[passes];
  }

  void add(int pass, int rows) {
    rowsByPass[pass] += rows;
  }

  void pass() {
    passes++;
  }

  void tokens(int count) {
    tokens += count;
  }

  /** Rows that took each pass through the shared block. */
  public long[] rowsByPass() {
    return rowsByPass.clone();
  }

  /** Tokens that went through all stages. */
  public long tokenCount() {
    return tokens;
  }

  /** Times that the shared block ran, with whatever rows. */
  public long passCount() {
    return passes;
  }
}
