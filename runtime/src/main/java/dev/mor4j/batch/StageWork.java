package dev.mor4j.batch;

import java.util.List;

/**
 * What the batch loop has computed: the forward pass, or anything that decides how deep rows go.
 * Each method returns false if it was stopped; the loop is then of no further use.
 */
public interface StageWork {

  /**
   * Takes chunks through the prelude, and decides who takes the first pass: see {@link Chunk#send}.
   */
  boolean prelude(List<Chunk> chunks);

  /** Takes the rows of chunks through their next passes, each its own, and decides who goes on. */
  boolean pass(List<Chunk> chunks);

  /** Takes all rows of chunks through the coda. */
  boolean coda(List<Chunk> chunks);

  /** A chunk has come to its end, or will come no further. */
  void forget(Chunk chunk);
}
