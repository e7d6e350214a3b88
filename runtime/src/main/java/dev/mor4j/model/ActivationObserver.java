package dev.mor4j.model;

/**
 * Receives the inputs of the weight matrices, as sums over the rows of a batch. Called on the
 * engine's thread.
 */
@FunctionalInterface
public interface ActivationObserver {
  /**
   * Receives the inputs of one matrix at one recursion step. Rows that the router dropped are not
   * included, even where they are computed for their keys and values.
   *
   * @param matrix name of the weight tensor; that of the token embedding if it is used as head
   * @param step the recursion step, 0 outside the shared block
   * @param squares sum of the squares of each input column; overwritten after the call
   * @param rows number of rows summed, at least 1
   */
  void observe(String matrix, int step, float[] squares, int rows);
}
