package dev.mor4j.routing;

import dev.mor4j.model.DecisionRule;
import dev.mor4j.model.Gating;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RouterActivation;
import dev.mor4j.model.RoutingConfig;
import dev.mor4j.model.RoutingMode;
import java.util.Arrays;

/** Each step picks its tokens among those that took the step before. */
final class ExpertChoiceRouter implements Router {
  /** Sigmoid of an auxiliary logit that lets a token go on. */
  private static final float AUXILIARY_THRESHOLD = 0.5f;

  private final RoutingConfig routing;
  private final RoutingMode mode;
  private final RowRange rows;
  private final float[][] scores;

  ExpertChoiceRouter(MorConfig config, RoutingMode mode, RowRange rows) {
    this.routing = config.routing();
    this.mode = mode;
    this.rows = rows;
    scores = new float[config.recursionCount()][rows.count()];
    for (float[] step : scores) {
      Arrays.fill(step, Float.NaN);
    }
  }

  @Override
  public boolean asksBefore(int step) {
    return true;
  }

  @Override
  public RoutingDecision decide(int step, int[] candidates, RouterLogits logits) {
    float[] gates = new float[candidates.length];
    for (int i = 0; i < candidates.length; i++) {
      float score = Activation.apply(routing.activation(), logits.main()[i]);
      scores[step][candidates[i]] = score;
      gates[i] =
          routing.activation() == RouterActivation.IDENTITY ? score : routing.alpha() * score;
    }
    int[] kept = kept(step, candidates, gates, logits);
    int[] rowsKept = new int[kept.length];
    for (int i = 0; i < kept.length; i++) {
      rowsKept[i] = candidates[kept[i]];
    }
    return new RoutingDecision(rowsKept, appliedGates(kept, gates));
  }

  /** Indexes of the candidates that go on. */
  private int[] kept(int step, int[] candidates, float[] gates, RouterLogits logits) {
    if (mode.rule() == RoutingMode.Rule.TOP_K) {
      int count = Capacity.keptTokens(routing.capacity().get(step), rows.count());
      return Capacity.largest(gates, count);
    }
    int[] kept = new int[candidates.length];
    int count = 0;
    for (int i = 0; i < candidates.length; i++) {
      if (goesOn(step, candidates[i], i, logits)) {
        kept[count++] = i;
      }
    }
    return count == kept.length ? kept : Arrays.copyOf(kept, count);
  }

  /** Whether a row takes a step, by itself. */
  private boolean goesOn(int step, int row, int candidate, RouterLogits logits) {
    return switch (mode.rule()) {
      case FIXED -> true;
      case DRAWN -> mode.draw().depth(rows.firstPosition() + row) > step;
      case TRAINED ->
          routing.decision() == DecisionRule.AUX_ROUTER
              ? Activation.sigmoid(logits.auxiliary()[candidate]) >= AUXILIARY_THRESHOLD
              : scores[step][row] >= routing.threshold();
      case TOP_K -> throw new IllegalStateException("top-k looks at all rows together");
    };
  }

  private float[] appliedGates(int[] kept, float[] gates) {
    float[] applied = new float[kept.length];
    for (int i = 0; i < kept.length; i++) {
      applied[i] = routing.gating() == Gating.WEIGHTED ? gates[kept[i]] : 1;
    }
    return applied;
  }

  @Override
  public float[] scores(int step) {
    return scores[step].clone();
  }
}
