package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;

/** What a graph is told about the cache slots that each row may look at. */
sealed interface Sight {
  /**
   * A value for each row and slot.
   *
   * @param mask F16 [window, rows]: zero, or minus infinity where the row must not look
   */
  record Mask(Tensor mask) implements Sight {}

  /**
   * For each row the slots themselves.
   *
   * @param slots I32 [window], lists one after another
   * @param spans I32 [2, rows]: where a row's list begins, and how many of its slots it sees
   */
  record Lists(Tensor slots, Tensor spans) implements Sight {}
}
