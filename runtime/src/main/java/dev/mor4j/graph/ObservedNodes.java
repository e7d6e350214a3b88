package dev.mor4j.graph;

import dev.mor4j.ggml.ComputeGraph;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.model.NodeObserver;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The named nodes of one graph that an observer wants, reported after each run. */
final class ObservedNodes {
  private final NodeObserver observer;
  private final List<Node> nodes = new ArrayList<>();

  /**
   * One observed node.
   *
   * @param name its name in the graph
   * @param rows number of rows
   * @param areOutputs whether the rows are those whose outputs are wanted, not those of the stage
   */
  private record Node(String name, int rows, boolean areOutputs) {}

  ObservedNodes(NodeObserver observer) {
    this.observer = observer;
  }

  /** Keeps a node's memory until the end of the run if the observer wants it. */
  void add(Tensor tensor, String name, int rows, boolean areOutputs) {
    if (observer.observes(name)) {
      tensor.asOutput();
      nodes.add(new Node(name, rows, areOutputs));
    }
  }

  /** Reports the results of the run that has just ended, in order of computation. */
  void report(ComputeGraph graph, StageData data) {
    for (Node node : nodes) {
      // a node that nothing in the graph reads is not computed
      graph
          .find(node.name())
          .ifPresent(found -> observer.observe(node.name(), positions(node, data), values(found)));
    }
  }

  private static int[] positions(Node node, StageData data) {
    return node.areOutputs()
        ? QueryRows.selected(data.positions(), data.outputs(), node.rows())
        : Arrays.copyOf(data.positions(), node.rows());
  }

  private static float[] values(Tensor tensor) {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment host = call.allocate(tensor.byteSize(), Float.BYTES);
      tensor.read(host);
      return host.toArray(ValueLayout.JAVA_FLOAT);
    }
  }
}
