package dev.mor4j.routing;

import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;

/**
 * Turns router logits into decisions, step after step, for one batch of rows. Pure: no native code.
 * One thread.
 */
public sealed interface Router permits ExpertChoiceRouter, TokenChoiceRouter, EveryStepRouter {

  /**
   * A router for one batch.
   *
   * @param mode resolved for the model
   * @param rows those of the batch
   * @param bias token choice's bias, one value a step, or empty
   */
  static Router forBatch(MorConfig config, RoutingMode mode, RowRange rows, float[] bias) {
    return switch (config.routing().kind()) {
      case NONE -> new EveryStepRouter();
      case EXPERT_CHOICE -> new ExpertChoiceRouter(config, mode, rows);
      case TOKEN_CHOICE -> new TokenChoiceRouter(config, mode, rows, bias);
    };
  }

  /** Whether it wants logits before it decides on {@code step}. */
  boolean asksBefore(int step);

  /**
   * Decides who takes {@code step}.
   *
   * @param candidates rows that took the step before (all rows for step 0), ascending
   * @param logits for the candidates, in their order, if {@link #asksBefore} says so
   */
  RoutingDecision decide(int step, int[] candidates, RouterLogits logits);

  /**
   * Scores that were seen for {@code step}, one for each row of the batch: NaN where none was.
   * Empty for models without a router.
   */
  float[] scores(int step);
}
