package dev.mor4j.forward;

import dev.mor4j.batch.Chunk;
import dev.mor4j.routing.Router;

/**
 * What the forward pass knows about one chunk between prelude and coda, and until its results are
 * read. Attached to the chunk.
 */
final class ChunkState {
  private static final int[] NO_ROWS = {};

  private final Router router;
  private final DepthPlan plan;
  private int[] streamRows;
  private int[] keptRows = NO_ROWS;
  private int firstOutput;
  private long codaNumber = -1;

  /**
   * The state of a chunk that enters.
   *
   * @param plan runs of the shared block for the chunk's depth limit
   * @param streamRows where the chunk's rows are in the residual stream
   */
  ChunkState(Router router, DepthPlan plan, int[] streamRows) {
    this.router = router;
    this.plan = plan;
    this.streamRows = streamRows;
  }

  /**
   * The state of a chunk.
   *
   * @throws IllegalStateException if the chunk has not entered
   */
  static ChunkState of(Chunk chunk) {
    ChunkState state = chunk.attachment(ChunkState.class);
    if (state == null) {
      throw new IllegalStateException("the chunk has not taken the prelude");
    }
    return state;
  }

  Router router() {
    return router;
  }

  DepthPlan plan() {
    return plan;
  }

  /** Where the chunk's rows are in the residual stream, by row; none after the coda. */
  int[] streamRows() {
    return streamRows;
  }

  /** Takes the rows of the residual stream away, for them to be reused. */
  int[] removeStreamRows() {
    int[] removed = streamRows;
    streamRows = NO_ROWS;
    return removed;
  }

  /**
   * Rows that the router keeps at the chunk's next step, ascending. Other rows may be active too,
   * for their keys and values.
   */
  int[] keptRows() {
    return keptRows;
  }

  void keep(int[] rows) {
    keptRows = rows;
  }

  /**
   * Remembers where a coda puts the chunk's outputs.
   *
   * @param number counts codas
   * @param output index of the chunk's first output among those of the coda
   */
  void enterCoda(long number, int output) {
    codaNumber = number;
    firstOutput = output;
  }

  /**
   * Index of the chunk's first output among those of a coda.
   *
   * @param number the last coda's
   * @throws IllegalStateException if the chunk was not in it
   */
  int firstOutput(long number) {
    requireIn(number);
    return firstOutput;
  }

  /**
   * Checks that the chunk's results can be read.
   *
   * @param number the last coda's
   * @throws IllegalStateException if the chunk was not in it
   */
  void requireIn(long number) {
    if (codaNumber != number) {
      throw new IllegalStateException("the chunk did not take part in the last coda");
    }
  }
}
