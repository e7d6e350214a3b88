package dev.mor4j.graph;

import dev.mor4j.ggml.ComputeGraph;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Builds one graph: inputs, operations in the paper's words, and the order of side effects. */
final class GraphBuilder {
  private final GgmlContext context;
  private final TensorOps ops;
  private final ComputeGraph graph;
  private final Arena staging;
  private final float epsilon;
  private final @Nullable MatrixInputs observed;
  private final List<GraphInput> inputs = new ArrayList<>();

  /**
   * @param staging lives as long as the graph; holds the host's side of its inputs
   * @param epsilon of every RMS norm
   * @param observed takes what enters the weight matrices; null where nobody looks
   */
  GraphBuilder(GgmlContext context, Arena staging, float epsilon, @Nullable MatrixInputs observed) {
    this.context = context;
    this.staging = staging;
    this.epsilon = epsilon;
    this.observed = observed;
    ops = context.ops();
    graph = context.newGraph();
  }

  TensorOps ops() {
    return ops;
  }

  ComputeGraph graph() {
    return graph;
  }

  /** The inputs made so far. */
  List<GraphInput> inputs() {
    return List.copyOf(inputs);
  }

  /** I32 [count]. */
  Tensor intInput(String name, int count, Function<StageData, int[]> source) {
    Tensor tensor = context.newTensor(TensorType.I32, Shape.of(count), name).asInput();
    inputs.add(new GraphInput.Ints(tensor, staging.allocate(tensor.byteSize(), 8), source));
    return tensor;
  }

  /** F32 [count]. */
  Tensor floatInput(String name, int count, Function<StageData, float[]> source) {
    Tensor tensor = context.newTensor(TensorType.F32, Shape.of(count), name).asInput();
    inputs.add(new GraphInput.Floats(tensor, staging.allocate(tensor.byteSize(), 8), source));
    return tensor;
  }

  /** F16 [window, rows]. */
  Tensor maskInput(int window, int rows, Function<StageData, int[]> spans) {
    Tensor tensor = context.newTensor(TensorType.F16, Shape.of(window, rows), "mask").asInput();
    inputs.add(new GraphInput.Mask(tensor, staging.allocate(tensor.byteSize(), 8), spans));
    return tensor;
  }

  /** I32 [window]: the slots that rows look at, list after list. */
  Tensor slotListInput(int window) {
    return intInput("slot_lists", window, data -> data.visibleSlots().slots(window));
  }

  /** I32 [2, rows]: each row's part of the slot lists. */
  Tensor spanInput(int rows, Function<StageData, int[]> spans) {
    Tensor flat = intInput("spans", 2 * rows, spans);
    return ops.reshape(flat, Shape.of(2, rows));
  }

  /** Says which recursion step the products to come belong to. */
  void enterStep(int step) {
    if (observed != null) {
      observed.enterStep(step);
    }
  }

  /**
   * Product with a weight matrix, which an observer may look at.
   *
   * @param weights [in, out]
   * @param input F32 [in, rows]
   * @return F32 [out, rows]
   */
  Tensor project(Tensor weights, Tensor input) {
    if (observed != null) {
      observed.see(this, weights, input);
    }
    return ops.matMul(weights, input);
  }

  /** F32 [embd, rows], normalised and scaled by a weight F32 [embd]. */
  Tensor rmsNorm(Tensor input, Tensor weight) {
    return ops.multiply(ops.rmsNorm(input, epsilon), weight);
  }

  /** Gives a node the name that traces and tests ask for, such as {@code attn_out.r2.l5}. */
  Tensor named(Tensor tensor, String name) {
    return context.named(tensor, name);
  }

  /** Makes sure that a tensor is computed before all that is expanded later. */
  void expand(Tensor tensor) {
    graph.expand(tensor);
  }

  /** Makes a result that the host reads after the run. */
  Tensor output(Tensor tensor, String name) {
    Tensor result = named(tensor.asOutput(), name);
    graph.expand(result);
    return result;
  }
}
