package dev.mor4j.graph;

import dev.mor4j.ggml.BackendScheduler;
import dev.mor4j.ggml.ComputeGraph;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.GraphStatus;
import dev.mor4j.ggml.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A built graph: fills its inputs, runs, and hands out its results. One thread. */
public final class StageGraph implements AutoCloseable {
  /** The head's result. */
  static final String LOGITS = "logits";

  /** What there is to know of them, where the device tells. */
  static final String DIGESTS = "logit_digests";

  /** What the head is given. */
  static final String HIDDEN = "hidden";

  /** What the router that is asked before a step says. */
  static String routerLogits(int step) {
    return "router_logits.r" + step;
  }

  static String auxiliaryLogits(int step) {
    return "router_aux_logits.r" + step;
  }

  private final GgmlContext context;
  private final Arena staging;
  private final ComputeGraph graph;
  private final List<GraphInput> inputs;
  private final @Nullable MatrixInputs observed;
  private final Map<String, Tensor> outputs;

  /**
   * Takes ownership of what was built.
   *
   * @param staging owned: host memory of inputs
   * @param outputs F32 tensors that the host may read after a run, by name
   * @param observed told after each run; null where nobody looks
   */
  StageGraph(
      GgmlContext context,
      Arena staging,
      GraphBuilder built,
      Map<String, Tensor> outputs,
      @Nullable MatrixInputs observed) {
    this.context = context;
    this.staging = staging;
    this.graph = built.graph();
    this.inputs = built.inputs();
    this.observed = observed;
    this.outputs = Map.copyOf(outputs);
  }

  ComputeGraph graph() {
    return graph;
  }

  /** Copies a run's inputs to the device. */
  void fill(StageData data) {
    for (int i = 0; i < inputs.size(); i++) {
      inputs.get(i).fill(data);
    }
  }

  /**
   * Computes on the scheduler that allocated this graph.
   *
   * @param data what it was filled with
   */
  GraphStatus compute(BackendScheduler scheduler, StageData data) {
    GraphStatus status = scheduler.compute(graph);
    if (observed != null && status == GraphStatus.DONE) {
      observed.tell(data);
    }
    return status;
  }

  /** F32 tensor of a name that the host may read after a run; null if the stage has none. */
  @Nullable Tensor output(String name) {
    return outputs.get(name);
  }

  @Override
  public void close() {
    staging.close();
    context.close();
  }
}
