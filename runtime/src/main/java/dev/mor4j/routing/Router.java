package dev.mor4j.routing;

import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;

/**
 * Turns router logits into routing decisions, recursion step by recursion step, for the rows of one
 * chunk. Uses no native code. Not thread-safe: one thread calls it, with ascending steps.
 */
public sealed interface Router permits ExpertChoiceRouter, TokenChoiceRouter, EveryStepRouter {

  /**
   * Creates a router for one chunk.
   *
   * @param mode the mode, resolved for the model
   * @param rows the rows of the chunk
   * @param bias token choice: the balancing bias, one value per step; else empty
   */
  static Router forBatch(MorConfig config, RoutingMode mode, RowRange rows, float[] bias) {
    return switch (config.routing().kind()) {
      case NONE -> new EveryStepRouter();
      case EXPERT_CHOICE -> new ExpertChoiceRouter(config, mode, rows);
      case TOKEN_CHOICE -> new TokenChoiceRouter(config, mode, rows, bias);
    };
  }

  /**
   * Decides which rows take a recursion step, and with which gates.
   *
   * @param step the recursion step, from 0
   * @param candidates the rows that took the step before (all rows for step 0), ascending
   * @param logits router logits of the candidates, in their order: at every step for expert choice,
   *     at step 0 for token choice; else {@link RouterLogits#NONE}
   */
  RoutingDecision decide(int step, int[] candidates, RouterLogits logits);

  /**
   * The router scores of a step, one per row of the chunk; NaN for rows that were no candidates.
   * Empty if the model has no router.
   */
  float[] scores(int step);
}
