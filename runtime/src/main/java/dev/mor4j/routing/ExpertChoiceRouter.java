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
  private final float[] scores; // step after step

  ExpertChoiceRouter(MorConfig config, RoutingMode mode, RowRange rows) {
    this.routing = config.routing();
    this.mode = mode;
    this.rows = rows;
    scores = new float[config.recursionCount() * rows.count()];
    Arrays.fill(scores, Float.NaN);
  }

  @Override
  public boolean asksBefore(int step) {
    return true;
  }

  @Override
  public RoutingDecision decide(int step, int[] candidates, RouterLogits logits) {
    float[] gates = new float[candidates.length];
    for (int i = 0; i < candidates.length; i++) {
      float score = Activation.apply(routing.activation(), logits.main()[logits.start() + i]);
      scores[step * rows.count() + candidates[i]] = score;
      gates[i] =
          routing.activation() == RouterActivation.IDENTITY ? score : routing.alpha() * score;
    }
    return mode.rule() == RoutingMode.Rule.TOP_K
        ? largest(step, candidates, gates)
        : willing(step, candidates, gates, logits);
  }

  private RoutingDecision largest(int step, int[] candidates, float[] gates) {
    int count = Capacity.keptTokens(routing.capacity().get(step), rows.count());
    int[] kept = Capacity.largest(gates, count);
    int[] keptRows = new int[kept.length];
    float[] keptGates = new float[kept.length];
    for (int i = 0; i < kept.length; i++) {
      keptRows[i] = candidates[kept[i]];
      keptGates[i] = applied(gates[kept[i]]);
    }
    return new RoutingDecision(keptRows, keptGates);
  }

  /** Those that go on by themselves. */
  private RoutingDecision willing(int step, int[] candidates, float[] gates, RouterLogits logits) {
    int[] kept = candidates; // until one stays behind
    int count = 0;
    for (int i = 0; i < candidates.length; i++) {
      if (goesOn(step, candidates[i], i, logits)) {
        gates[count] = applied(gates[i]);
        kept[count++] = candidates[i];
      } else if (count == i) {
        kept = candidates.clone();
      }
    }
    return RoutingDecision.ofFirst(count, kept, gates);
  }

  private float applied(float gate) {
    return routing.gating() == Gating.WEIGHTED ? gate : 1;
  }

  /** Whether a row takes a step, by itself. */
  private boolean goesOn(int step, int row, int candidate, RouterLogits logits) {
    return switch (mode.rule()) {
      case FIXED -> true;
      case DRAWN -> mode.draw().depth(rows.firstPosition() + row) > step;
      case TRAINED ->
          routing.decision() == DecisionRule.AUX_ROUTER
              ? Activation.sigmoid(logits.auxiliary()[logits.start() + candidate])
                  >= AUXILIARY_THRESHOLD
              : scores[step * rows.count() + row] >= routing.threshold();
      case TOP_K -> throw new IllegalStateException("top-k looks at all rows together");
    };
  }

  @Override
  public float[] scores(int step) {
    return Arrays.copyOfRange(scores, step * rows.count(), (step + 1) * rows.count());
  }
}
