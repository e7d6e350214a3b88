package dev.mor4j.weights;

import dev.mor4j.ggml.Tensor;

/** One router's matrices, F32. E embedding length, O one logit or, in token choice, one a step. */
public sealed interface RouterWeights {
  /**
   * One matrix.
   *
   * @param weight [E, O]
   */
  record Linear(Tensor weight) implements RouterWeights {}

  /**
   * Two matrices with an exact GELU between them.
   *
   * @param up [E, 2E]
   * @param down [2E, O]
   */
  record Mlp(Tensor up, Tensor down) implements RouterWeights {}
}
