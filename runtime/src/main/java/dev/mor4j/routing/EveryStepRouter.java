package dev.mor4j.routing;

import java.util.Arrays;

/** For models without a router: every token takes every step. */
final class EveryStepRouter implements Router {

  @Override
  public RoutingDecision decide(int step, int[] candidates, RouterLogits logits) {
    float[] gates = new float[candidates.length];
    Arrays.fill(gates, 1);
    return new RoutingDecision(candidates.clone(), gates);
  }

  @Override
  public float[] scores(int step) {
    return new float[0];
  }
}
