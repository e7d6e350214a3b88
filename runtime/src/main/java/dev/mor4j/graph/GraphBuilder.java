package dev.mor4j.graph;

import dev.mor4j.ggml.ComputeGraph;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.LayerRun;
import dev.mor4j.model.MorConfig;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Builds one graph: its inputs, its operations under their usual names, and the order of its side
 * effects. Keeps the layer and step that are being built, for the names of nodes.
 */
final class GraphBuilder {
  private final GgmlContext context;
  private final TensorOps ops;
  private final ComputeGraph graph;
  private final Arena staging;
  private final float epsilon;
  private final NodeNames names;
  private final GraphObservation observation;
  private final List<GraphInput> inputs = new ArrayList<>();
  private final List<String> outputs = new ArrayList<>();

  /** The end of the names of nodes that follow. */
  private String place = "";

  /** Rows of the nodes that follow. */
  private int rows;

  private boolean areOutputRows;

  /**
   * @param staging holds the host's copies of inputs; lives as long as the graph
   * @param config the model's hyperparameters
   * @param rows rows of the stage
   * @param observation takes the nodes and matrix inputs that observers want
   */
  GraphBuilder(
      GgmlContext context,
      Arena staging,
      MorConfig config,
      int rows,
      GraphObservation observation) {
    this.context = context;
    this.staging = staging;
    this.rows = rows;
    this.observation = observation;
    epsilon = config.attention().layerNormRmsEpsilon();
    names = new NodeNames(config.recursion());
    ops = context.ops();
    graph = context.newGraph();
  }

  TensorOps ops() {
    return ops;
  }

  ComputeGraph graph() {
    return graph;
  }

  /** The inputs added so far. */
  List<GraphInput> inputs() {
    return List.copyOf(inputs);
  }

  /** Adds an input I32 [count]. */
  Tensor intInput(String name, int count, Function<StageData, int[]> source) {
    Tensor tensor = context.newTensor(TensorType.I32, Shape.of(count), name).asInput();
    inputs.add(new GraphInput.Ints(tensor, staging.allocate(tensor.byteSize(), 8), source));
    return tensor;
  }

  /** Adds an input F32 [count]. */
  Tensor floatInput(String name, int count, Function<StageData, float[]> source) {
    Tensor tensor = context.newTensor(TensorType.F32, Shape.of(count), name).asInput();
    inputs.add(new GraphInput.Floats(tensor, staging.allocate(tensor.byteSize(), 8), source));
    return tensor;
  }

  /** Adds an attention mask F16 [window, rows]. */
  Tensor maskInput(int window, int rows, Function<StageData, int[]> ranges) {
    Tensor tensor = context.newTensor(TensorType.F16, Shape.of(window, rows), "mask").asInput();
    inputs.add(new GraphInput.Mask(tensor, staging.allocate(tensor.byteSize(), 8), ranges));
    return tensor;
  }

  /** Adds the lists of visible slots, one after another: I32 [window]. */
  Tensor slotListInput(int window) {
    return intInput("slot_lists", window, data -> data.visibleSlots().slots(window));
  }

  /** Adds each row's range in these lists: I32 [2, rows]. */
  Tensor rangeInput(int rows, Function<StageData, int[]> ranges) {
    Tensor flat = intInput("ranges", 2 * rows, ranges);
    return ops.reshape(flat, Shape.of(2, rows));
  }

  /** The nodes that follow belong to one execution of a layer. */
  void enterLayer(LayerRun run) {
    place = names.of(run);
    observation.enterStep(run.step());
  }

  /** The nodes that follow belong to a recursion step as a whole. */
  void enterStep(int step) {
    place = NodeNames.ofStep(step);
  }

  /**
   * The nodes that follow belong to the head.
   *
   * @param outputRows number of their rows, which are the first of the rows whose outputs are
   *     wanted
   */
  void enterHead(int outputRows) {
    place = "";
    rows = outputRows;
    areOutputRows = true;
    observation.enterStep(0);
  }

  /**
   * Product with a weight matrix, whose input an observer may sum up.
   *
   * @param weights [in, out]
   * @param input F32 [in, rows]
   * @return F32 [out, rows]
   */
  Tensor project(Tensor weights, Tensor input) {
    observation.addInput(this, weights, input);
    return ops.matMul(weights, input);
  }

  /** RMS norm of F32 [embd, rows], scaled by a weight F32 [embd]. */
  Tensor rmsNorm(Tensor input, Tensor weight) {
    return ops.multiply(ops.rmsNorm(input, epsilon), weight);
  }

  /**
   * Names a node after its kind and the current place, such as {@code attn_out.r2.l5}. The
   * package's documentation lists the kinds.
   *
   * @return the tensor
   */
  Tensor node(String kind, Tensor tensor) {
    return named(kind + place, tensor);
  }

  private Tensor named(String name, Tensor tensor) {
    observation.addNode(tensor, name, rows, areOutputRows);
    return context.named(tensor, name);
  }

  /** Adds a tensor to the graph, so that it is computed before everything that is added later. */
  void expand(Tensor tensor) {
    graph.expand(tensor);
  }

  /** Adds a node that the host reads after a run, by its name. */
  Tensor output(String name, Tensor tensor) {
    Tensor result = named(name, tensor.asOutput());
    graph.expand(result);
    outputs.add(name);
    return result;
  }

  /** Names of the outputs added so far. */
  List<String> outputs() {
    return List.copyOf(outputs);
  }
}
