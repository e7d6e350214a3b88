package dev.mor4j.batch;

/** Which rows share a batch. */
public enum Batching {
  /**
   * Rows at any recursion step run the shared block together. A chunk leaves as soon as its rows
   * need no further step, and new chunks take its place in the next turn.
   */
  DEPTH_WISE,
  /**
   * All chunks enter and leave together, so rows that need fewer steps wait for the deepest. The
   * baseline that depth-wise batching is compared with.
   */
  LOCKSTEP
}
