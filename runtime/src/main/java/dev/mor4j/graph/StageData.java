package dev.mor4j.graph;

import dev.mor4j.kvcache.VisibleSlots;

/**
 * The values that one run of a graph reads from the host: arrays with one entry per row unless
 * stated otherwise. Arrays may be longer; the graph's shape determines how many entries are used. A
 * graph reads them while its inputs are filled and when an observer is called, and keeps no
 * reference.
 */
public interface StageData {

  /** Token ids (prelude). */
  int[] tokens();

  /** Rows of the residual stream. */
  int[] streamRows();

  /** Positions in their sequences. */
  int[] positions();

  /** Cache slots to write. */
  int[] slots();

  /** The cache slots that each row may attend to. */
  VisibleSlots visibleSlots();

  /** The gate that scales each row's update (shared block of routed models). */
  float[] gates();

  /**
   * 1 for a row that takes the step, 0 for a row that only stores keys and values; empty if all
   * rows take it.
   */
  float[] counted();

  /**
   * Indexes of the rows whose last hidden states are wanted, one entry for each. Those whose logits
   * are wanted too come first.
   */
  int[] outputs();
}
