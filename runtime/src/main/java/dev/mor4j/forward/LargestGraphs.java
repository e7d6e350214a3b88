package dev.mor4j.forward;

import dev.mor4j.batch.BatchLimits;
import dev.mor4j.ggml.Device;
import dev.mor4j.graph.ExecutionContext;
import dev.mor4j.graph.GraphShape;
import dev.mor4j.graph.LastLayer;
import dev.mor4j.graph.Stage;
import dev.mor4j.graph.StageRunner;
import dev.mor4j.weights.RowPadding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The largest graph of each stage: the widest batch at the longest context. Memory for them is
 * reserved when an engine starts, so that no batch can run out of it later.
 */
final class LargestGraphs {
  private final ExecutionContext context;
  private final StagePlan plan;
  private final RowPadding padding;

  LargestGraphs(ExecutionContext context, StagePlan plan, RowPadding padding) {
    this.context = context;
    this.plan = plan;
    this.padding = padding;
  }

  /**
   * Reserves memory.
   *
   * @throws dev.mor4j.ggml.GgmlException if a device has too little
   */
  void reserve(StageRunner runner, BatchLimits limits, int tokenCapacity) {
    shapes(limits, tokenCapacity).forEach(runner::reserve);
  }

  /** Bytes that {@link #reserve} takes on each device; allocates nothing. */
  Map<Device, Long> bytes(StageRunner runner, BatchLimits limits, int tokenCapacity) {
    Map<Device, Long> bytes = new HashMap<>();
    for (GraphShape shape : shapes(limits, tokenCapacity)) {
      runner.bytes(shape).forEach((device, size) -> bytes.merge(device, size, Long::sum));
    }
    return bytes;
  }

  List<GraphShape> shapes(BatchLimits limits, int tokenCapacity) {
    List<GraphShape> shapes = new ArrayList<>();
    int rows = padding.padded(limits.maxRowCount());
    shapes.add(shape(plan.prelude(), rows, tokenCapacity, 0));
    int outputs = context.lastLayer() == LastLayer.SHARED_BLOCK ? rows : 0;
    for (int group : context.stepGroups().groups()) {
      shapes.add(shape(plan.fullDepth().run(group), rows, tokenCapacity, outputs));
    }
    shapes.add(shape(plan.coda(), rows, tokenCapacity, padding.padded(limits.sequences())));
    return shapes;
  }

  private GraphShape shape(StageLayers layers, int rows, int tokenCapacity, int outputs) {
    int window = 0;
    if (layers.place() != null) {
      int slotCount = context.cache().slots().slotCount(layers.place().region());
      long maxVisible = (long) tokenCapacity * plan.fullDepth().runCount();
      window = context.kernel().largestWindow(maxVisible, slotCount + 1);
    }
    int heads = layers.stage() instanceof Stage.Coda ? outputs : 0;
    return new GraphShape(layers.stage(), rows, window, outputs, heads);
  }
}
