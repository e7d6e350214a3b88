package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import org.jspecify.annotations.Nullable;

/**
 * Who asks attention, and where they may look.
 *
 * @param rows I32 [asking], indexes of the stage's rows that ask; null if all do
 * @param positions I32 [asking]
 * @param sight where they may look
 */
record Look(@Nullable Tensor rows, Tensor positions, Sight sight) {

  /** All rows of a stage, whose positions are an input already. */
  static Look ofAll(
      GraphBuilder graph, AttentionKernel kernel, GraphShape shape, Tensor positions) {
    Sight sight =
        kernel.sight(
            graph, shape.window(), shape.rows(), data -> data.visibleSlots().ranges(shape.rows()));
    return new Look(null, positions, sight);
  }

  /** The rows alone whose logits are wanted. */
  static Look ofOutputs(GraphBuilder graph, AttentionKernel kernel, GraphShape shape) {
    int count = shape.outputs();
    Tensor positions =
        graph.intInput(
            "output_positions", count, data -> selected(data.positions(), data.outputs(), count));
    Sight sight =
        kernel.sight(
            graph,
            shape.window(),
            count,
            data -> data.visibleSlots().ranges(data.outputs(), count));
    return new Look(graph.intInput("outputs", count, StageData::outputs), positions, sight);
  }

  /** Entries of the first {@code count} rows of a list. */
  static int[] selected(int[] values, int[] rows, int count) {
    int[] selected = new int[count];
    for (int i = 0; i < count; i++) {
      selected[i] = values[rows[i]];
    }
    return selected;
  }

  /** Those rows of a tensor F32 [embd, rows] that ask. */
  Tensor asking(TensorOps ops, Tensor hidden) {
    return rows == null ? hidden : ops.getRows(hidden, rows);
  }
}
