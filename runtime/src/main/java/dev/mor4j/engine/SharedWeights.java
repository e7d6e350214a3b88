package dev.mor4j.engine;

import dev.mor4j.weights.Weights;

/** Weights and how many engines compute with them; guarded by their model. */
final class WeightsHold {
  private final Weights weights;
  private int engineCount;

  WeightsHold(Weights weights) {
    this.weights = weights;
  }

  Weights weights() {
    return weights;
  }

  WeightsHold take() {
    engineCount++;
    return this;
  }

  void giveBack() {
    engineCount--;
  }

  boolean isUnused() {
    return engineCount == 0;
  }
}
