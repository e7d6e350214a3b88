package dev.mor4j.batch;

import java.util.List;

/**
 * Computes what the {@link BatchLoop} schedules: the forward pass, or a simulation of it. The three
 * stages return false if they were cancelled; the loop cannot be used after that. An implementation
 * keeps its own state of a chunk with {@link Chunk#attach}.
 */
public interface StageWork {

  /**
   * Runs the prelude for chunks that enter, and activates the rows that take step 0; see {@link
   * Chunk#activate}.
   */
  boolean prelude(List<Chunk> chunks);

  /**
   * Runs the shared block once for the active rows of chunks, each chunk at its own recursion step,
   * and then activates the rows that take the following step.
   */
  boolean sharedBlock(List<Chunk> chunks);

  /** Runs the coda for all rows of chunks. */
  boolean coda(List<Chunk> chunks);

  /**
   * Frees what was set aside for a chunk, which has taken the coda or is dropped. Also called for a
   * chunk whose prelude failed. Results of the last coda stay readable.
   */
  void release(Chunk chunk);
}
