package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What attention needs besides weights and hidden rows, the same for all layers of a stage.
 *
 * @param positions I32 [rows]
 * @param slots I32 [rows], where to store keys and values; null if no layer of the stage stores any
 * @param sight where rows may look
 */
record AttentionInputs(Tensor positions, @Nullable Tensor slots, Sight sight) {

  static AttentionInputs create(
      GraphBuilder graph, AttentionKernel kernel, GraphShape shape, boolean writes) {
    int rows = shape.rows();
    return new AttentionInputs(
        graph.intInput("positions", rows, StageData::positions),
        writes ? graph.intInput("slots", rows, StageData::slots) : null,
        kernel.sight(graph, shape.window(), rows));
  }
}
