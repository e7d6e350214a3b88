package dev.mor4j.graph;

import dev.mor4j.kvcache.VisibleSlots;

/**
 * What one run of a graph reads from the host, one entry a row unless said otherwise. Arrays may be
 * longer than that: the shape of the graph says how much of them counts. Read while the graph is
 * filled, and not kept.
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

  /** Cache slots that each row may look at. */
  VisibleSlots visibleSlots();

  /** What scales each row's update (passes of routed models). */
  float[] gates();

  /**
   * 1 for a row that takes the step, 0 for one that runs for its keys and values alone; empty where
   * all take it.
   */
  float[] counted();

  /**
   * Indexes of the rows whose last hidden states are wanted, as many as wanted; those whose logits
   * are wanted too come first.
   */
  int[] outputs();
}
