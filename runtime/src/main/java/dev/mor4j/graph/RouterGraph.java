package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import dev.mor4j.weights.RouterWeights;

/** Router logits as the host wants them: raw, before any activation. */
final class RouterGraph {
  private RouterGraph() {}

  /**
   * Asks one router about each row.
   *
   * @param input F32 [embd, rows], the residual stream as it is
   * @param temperature divides the input
   * @return F32 [logits, rows]
   */
  static Tensor logits(TensorOps ops, RouterWeights router, Tensor input, float temperature) {
    Tensor heated = temperature == 1 ? input : ops.scale(input, 1 / temperature);
    return switch (router) {
      case RouterWeights.Linear(Tensor weight) -> ops.matMul(weight, heated);
      case RouterWeights.Mlp(Tensor up, Tensor down) ->
          ops.matMul(down, ops.geluErf(ops.matMul(up, heated)));
    };
  }
}
