package dev.mor4j.graph;

import dev.mor4j.ggml.ComputeGraph;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.model.Observers;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/** The part of one graph that observers see. Does nothing if there are none. */
final class GraphObservation {
  private final @Nullable MatrixInputs matrixInputs;
  private final @Nullable ObservedNodes nodes;

  /**
   * @param staging lives as long as the graph
   */
  GraphObservation(Observers observers, Arena staging) {
    matrixInputs =
        observers.activations() == null ? null : new MatrixInputs(observers.activations(), staging);
    nodes = observers.nodes() == null ? null : new ObservedNodes(observers.nodes());
  }

  /** The matrix inputs that follow belong to this recursion step. */
  void enterStep(int step) {
    if (matrixInputs != null) {
      matrixInputs.enterStep(step);
    }
  }

  /** Adds the input of a weight matrix. */
  void addInput(GraphBuilder graph, Tensor matrix, Tensor input) {
    if (matrixInputs != null) {
      matrixInputs.add(graph, matrix, input);
    }
  }

  /** Adds a named node; see {@link ObservedNodes#add}. */
  void addNode(Tensor tensor, String name, int rows, boolean areOutputs) {
    if (nodes != null) {
      nodes.add(tensor, name, rows, areOutputs);
    }
  }

  /** Reports a run that has just ended. */
  void report(ComputeGraph graph, StageData data) {
    if (matrixInputs != null) {
      matrixInputs.report(data);
    }
    if (nodes != null) {
      nodes.report(graph, data);
    }
  }
}
