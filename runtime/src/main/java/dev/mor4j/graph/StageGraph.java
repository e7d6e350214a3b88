package dev.mor4j.graph;

import dev.mor4j.ggml.BackendScheduler;
import dev.mor4j.ggml.ComputeGraph;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.GraphStatus;
import dev.mor4j.ggml.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A built graph: fills its inputs, runs, and hands out its results. One thread. */
public final class StageGraph implements AutoCloseable {
  /** Names of the results that a stage may have. */
  static final String ROUTER_LOGITS = "router_logits";

  static final String AUXILIARY_LOGITS = "router_aux_logits";
  static final String LOGITS = "logits";

  private final GgmlContext context;
  private final Arena staging;
  private final ComputeGraph graph;
  private final List<GraphInput> inputs;
  private final Map<String, Tensor> results;

  /**
   * @param staging owned: host memory of inputs and results
   * @param results what the host may read after a run, by name
   */
  StageGraph(GgmlContext context, Arena staging, GraphBuilder built, Map<String, Tensor> results) {
    this.context = context;
    this.staging = staging;
    this.graph = built.graph();
    this.inputs = built.inputs();
    this.results = Map.copyOf(results);
  }

  ComputeGraph graph() {
    return graph;
  }

  /** Runs on the scheduler that allocated this graph. */
  GraphStatus run(BackendScheduler scheduler, StageData data) {
    for (GraphInput input : inputs) {
      input.fill(data);
    }
    return scheduler.compute(graph);
  }

  /** A result of the last run, copied; empty if the stage has none of that name. */
  Optional<float[]> result(String name) {
    Tensor tensor = results.get(name);
    if (tensor == null) {
      return Optional.empty();
    }
    try (Arena call = Arena.ofConfined()) {
      MemorySegment values = call.allocate(tensor.byteSize(), 8);
      tensor.read(values);
      return Optional.of(values.toArray(ValueLayout.JAVA_FLOAT));
    }
  }

  @Override
  public void close() {
    staging.close();
    context.close();
  }
}
