package dev.mor4j.engine;

import dev.mor4j.weights.Weights;

/** Placed weights and the number of engines that use them; guarded by the model's lock. */
final class SharedWeights {
  private final Weights weights;
  private int engineCount;

  SharedWeights(Weights weights) {
    this.weights = weights;
  }

  Weights weights() {
    return weights;
  }

  SharedWeights retain() {
    engineCount++;
    return this;
  }

  void release() {
    engineCount--;
  }

  boolean isUnused() {
    return engineCount == 0;
  }
}
