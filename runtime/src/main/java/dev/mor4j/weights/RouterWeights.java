package dev.mor4j.weights;

import dev.mor4j.ggml.Tensor;

/**
 * The matrices of one router, F32. E is the embedding length; O is 1, or for token choice the
 * number of recursion steps.
 */
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
