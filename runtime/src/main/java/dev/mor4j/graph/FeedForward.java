package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
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
  static Tensor forward(TensorOps ops, BlockWeights weights, Tensor input) {
    Tensor gate = ops.matMul(weights.ffnGate(), input); // F32 [feedForward, rows]
    Tensor up = ops.matMul(weights.ffnUp(), input); // F32 [feedForward, rows]
    Tensor hidden = ops.swiglu(gate, up); // F32 [feedForward, rows]
    return ops.matMul(weights.ffnDown(), hidden); // F32 [embd, rows]
  }
}
