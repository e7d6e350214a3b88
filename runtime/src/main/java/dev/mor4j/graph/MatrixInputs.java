package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import dev.mor4j.model.ActivationObserver;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adds to a graph the sums of squares of the inputs of its weight matrices, and reports them to an
 * observer after each run.
 */
final class MatrixInputs {
  private final ActivationObserver observer;
  private final Arena staging;
  private final IdentityHashMap<Tensor, Sum> sums = new IdentityHashMap<>();
  private final Map<Long, Tensor> counted = new HashMap<>();
  private int step;

  /**
   * One input tensor, which several matrices may share.
   *
   * @param squares F32 [columns]
   * @param host native memory of its size
   */
  private record Sum(
      Tensor squares, int step, int rows, List<String> matrices, MemorySegment host) {}

  /**
   * @param staging lives as long as the graph
   */
  MatrixInputs(ActivationObserver observer, Arena staging) {
    this.observer = observer;
    this.staging = staging;
  }

  /** The inputs that follow belong to this recursion step. */
  void enterStep(int step) {
    this.step = step;
  }

  /**
   * Adds the sum for the input of one matrix. Matrices with the same input share the sum.
   *
   * @param input F32 [columns, rows]
   */
  void add(GraphBuilder graph, Tensor matrix, Tensor input) {
    sums.computeIfAbsent(input, unknown -> sum(graph, unknown)).matrices().add(matrix.name());
  }

  private Sum sum(GraphBuilder graph, Tensor input) {
    TensorOps ops = graph.ops();
    int rows = Math.toIntExact(input.shape().size1());
    Tensor ones = counted.computeIfAbsent((long) rows, count -> countedRows(graph, rows));
    Tensor squares = ops.multiply(input, input); // F32 [columns, rows]
    Tensor byRow = ops.contiguous(ops.transpose(squares)); // F32 [rows, columns]
    Tensor summed = ops.matMul(byRow, ones); // F32 [columns]
    graph.expand(summed.asOutput());
    return new Sum(summed, step, rows, new ArrayList<>(), staging.allocate(summed.byteSize(), 8));
  }

  private static Tensor countedRows(GraphBuilder graph, int rows) {
    return graph.floatInput("counted." + rows, rows, data -> counts(data, rows));
  }

  private static float[] counts(StageData data, int rows) {
    if (data.counted().length > 0) {
      return data.counted();
    }
    float[] all = new float[rows];
    Arrays.fill(all, 1);
    return all;
  }

  /** Reports the sums of the run that has just ended. */
  void report(StageData data) {
    for (Sum sum : sums.values()) {
      int rows = 0;
      for (float count : counts(data, sum.rows())) {
        rows += (int) count;
      }
      if (rows > 0) {
        sum.squares().read(sum.host());
        float[] squares = sum.host().toArray(ValueLayout.JAVA_FLOAT);
        for (String matrix : sum.matrices()) {
          observer.observe(matrix, sum.step(), squares, rows);
        }
      }
    }
  }
}
