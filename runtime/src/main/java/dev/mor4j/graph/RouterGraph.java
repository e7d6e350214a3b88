package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import dev.mor4j.weights.RouterWeights;

/** Router logits, before the router's activation. */
final class RouterGraph {
  private RouterGraph() {}

  /**
   * Adds one router.
   *
   * @param kind {@code router} or {@code router_aux}, for the names of its nodes
   * @param input F32 [embd, rows], the residual stream
   * @param temperature divides the input
   * @return F32 [logits, rows]
   */
  static Tensor logits(
      GraphBuilder graph, String kind, RouterWeights router, Tensor input, float temperature) {
    TensorOps ops = graph.ops();
    Tensor scaled = temperature == 1 ? input : ops.scale(input, 1 / temperature);
    return switch (router) {
      case RouterWeights.Linear(Tensor weight) -> ops.matMul(weight, scaled);
      case RouterWeights.Mlp(Tensor up, Tensor down) ->
          ops.matMul(down, graph.node(kind + "_hidden", ops.geluErf(ops.matMul(up, scaled))));
    };
  }
}
