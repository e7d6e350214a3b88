package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a stage that compute queries: all, or only those whose outputs are wanted. The other
 * rows just store keys and values.
 *
 * @param rows I32 [queries], indexes among the stage's rows; null for all rows
 * @param positions I32 [queries]
 * @param visibility the slots that each of them may attend to
 */
record QueryRows(@Nullable Tensor rows, Tensor positions, VisibilityInput visibility) {

  /**
   * All rows of a stage.
   *
   * @param positions I32 [rows], an input of the graph already
   */
  static QueryRows all(
      GraphBuilder graph, AttentionKernel kernel, GraphShape shape, Tensor positions) {
    VisibilityInput visibility =
        kernel.visibility(
            graph, shape.window(), shape.rows(), data -> data.visibleSlots().ranges(shape.rows()));
    return new QueryRows(null, positions, visibility);
  }

  /** Only the rows whose outputs are wanted. */
  static QueryRows outputs(GraphBuilder graph, AttentionKernel kernel, GraphShape shape) {
    int count = shape.outputs();
    Tensor positions =
        graph.intInput(
            "output_positions", count, data -> selected(data.positions(), data.outputs(), count));
    VisibilityInput visibility =
        kernel.visibility(
            graph,
            shape.window(),
            count,
            data -> data.visibleSlots().ranges(data.outputs(), count));
    return new QueryRows(
        graph.intInput("outputs", count, StageData::outputs), positions, visibility);
  }

  /** The values of the first {@code count} of the given rows. */
  static int[] selected(int[] values, int[] rows, int count) {
    int[] selected = new int[count];
    for (int i = 0; i < count; i++) {
      selected[i] = values[rows[i]];
    }
    return selected;
  }

  /** These rows of a tensor F32 [embd, rows]: F32 [embd, queries]. */
  Tensor of(TensorOps ops, Tensor hidden) {
    return rows == null ? hidden : ops.getRows(hidden, rows);
  }
}
