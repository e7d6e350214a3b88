package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;

/**
 * {@link dev.mor4j.kvcache.VisibleSlots} as inputs of a graph, in the form that an {@link
 * AttentionKernel} takes.
 */
sealed interface VisibilityInput {
  /**
   * A value for each row and slot.
   *
   * @param mask F16 [window, rows]: zero, or minus infinity where the slot is not visible to the
   *     row
   */
  record Mask(Tensor mask) implements VisibilityInput {}

  /**
   * Lists of slot numbers.
   *
   * @param slots I32 [window], all lists one after another
   * @param ranges I32 [2, rows]: for each row the offset of its first slot and the number of its
   *     visible slots
   */
  record Lists(Tensor slots, Tensor ranges) implements VisibilityInput {}
}
