package dev.mor4j.batch;

/** Which rows share a batch. */
public enum Batching {
  /**
   * Rows of any recursion step go through the shared block together; a sequence that leaves it is
   * followed at once by its next token, or by another sequence.
   */
  DEPTH_WISE,
  /** All sequences are at the same stage: those that stop early wait for the deepest. */
  LOCKSTEP
}
