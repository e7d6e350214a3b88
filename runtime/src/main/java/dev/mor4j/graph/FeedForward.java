package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import dev.mor4j.weights.BlockWeights;

/** The gated feed-forward network, {@code down(silu(gate x) * up x)}. */
final class FeedForward {
  private FeedForward() {}

  /**
   * Adds the network.
   *
   * @param input F32 [embd, rows], normalised
   * @return F32 [embd, rows]
   */
  static Tensor forward(GraphBuilder graph, BlockWeights weights, Tensor input) {
    Tensor gate = graph.node("ffn_gate", graph.project(weights.ffnGate(), input));
    Tensor up = graph.node("ffn_up", graph.project(weights.ffnUp(), input));
    Tensor hidden = graph.node("ffn_swiglu", graph.ops().swiglu(gate, up)); // [feedForward, rows]
    return graph.node("ffn_down", graph.project(weights.ffnDown(), hidden)); // F32 [embd, rows]
  }
}
