package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import dev.mor4j.weights.BlockWeights;

/** The gated feed-forward network, {@code down(silu(gate x) * up x)}. */
final class FeedForward {
  private FeedForward() {}

  /**
   * Runs the network.
   *
   * @param input F32 [embd, rows], normalised
   * @return F32 [embd, rows]
   */
  static Tensor forward(GraphBuilder graph, BlockWeights weights, Tensor input) {
    Tensor gate = graph.project(weights.ffnGate(), input); // F32 [feedForward, rows]
    Tensor up = graph.project(weights.ffnUp(), input); // F32 [feedForward, rows]
    Tensor hidden = graph.ops().swiglu(gate, up); // F32 [feedForward, rows]
    return graph.project(weights.ffnDown(), hidden); // F32 [embd, rows]
  }
}
