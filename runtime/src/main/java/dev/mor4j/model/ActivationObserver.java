package dev.mor4j.model;

/** Sees what enters the weight matrices, as sums over the rows of a batch. Engine's thread. */
@FunctionalInterface
public interface ActivationObserver {
  /**
   * Takes the inputs of one matrix at one recursion step. Rows that their router dropped are left
   * out, also where they run for their keys and values alone.
   *
   * @param matrix name of the weight tensor; the token embedding's where it serves as head
   * @param step as in {@link LayerRun}, 0 outside the shared block
   * @param squares sum of the squares of each input column; written over after the call
   * @param rows how many were summed, at least one
   */
  void observe(String matrix, int step, float[] squares, int rows);
}
