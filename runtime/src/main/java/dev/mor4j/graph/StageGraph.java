package dev.mor4j.graph;

import dev.mor4j.ggml.BackendScheduler;
import dev.mor4j.ggml.ComputeGraph;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.GraphStatus;
import dev.mor4j.ggml.Tensor;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A built graph: fills its inputs, runs, and returns its results. Confined to the engine's thread.
 */
public final class StageGraph implements AutoCloseable {
  private final GgmlContext context;
  private final Arena staging;
  private final ComputeGraph graph;
  private final List<GraphInput> inputs;
  private final GraphObservation observation;

  /** F32 tensors that the host may read after a run, by name. */
  private final Map<String, Tensor> outputs = new HashMap<>();

  /**
   * Takes ownership of a graph that was built.
   *
   * @param context owned
   * @param staging owned: host memory of the inputs
   * @param observation reported after each run
   */
  StageGraph(GgmlContext context, Arena staging, GraphBuilder built, GraphObservation observation) {
    this.context = context;
    this.staging = staging;
    this.graph = built.graph();
    this.inputs = built.inputs();
    this.observation = observation;
    for (String name : built.outputs()) {
      outputs.put(name, graph.find(name).orElseThrow());
    }
  }

  ComputeGraph graph() {
    return graph;
  }

  /** Copies the inputs of a run to the device. */
  void fill(StageData data) {
    for (int i = 0; i < inputs.size(); i++) {
      inputs.get(i).fill(data);
    }
  }

  /**
   * Computes on the scheduler that allocated this graph.
   *
   * @param data the values that it was filled with
   */
  GraphStatus compute(BackendScheduler scheduler, StageData data) {
    GraphStatus status = scheduler.compute(graph);
    if (status == GraphStatus.DONE) {
      observation.report(graph, data);
    }
    return status;
  }

  /** The output of that name, or null if the stage has none. */
  @Nullable Tensor output(String name) {
    return outputs.get(name);
  }

  @Override
  public void close() {
    staging.close();
    context.close();
  }
}
