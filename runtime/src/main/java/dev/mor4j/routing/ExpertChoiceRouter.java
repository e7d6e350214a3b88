package dev.mor4j.routing;

import dev.mor4j.model.DecisionRule;
import dev.mor4j.model.Gating;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RouterActivation;
import dev.mor4j.model.RoutingConfig;
import dev.mor4j.model.RoutingMode;
import java.util.Arrays;

/**
 * Expert choice: each step picks its tokens among those that took the step before.
 *
 * <p>A depth limit leaves the later steps out. A forced step ({@code fixed:N}) runs for every
 * token. In both cases the gates stay as the router computes them: unlike the scores of token
 * choice, the score of a step says how much of this step's output the token needs, whether or not
 * it is above the threshold. Perplexity of the demo model on 90,000 characters of held-out books,
 * 38.22 with trained routing:
 *
 * <table>
 *   <caption>Perplexity by the gate of forced steps</caption>
 *   <tr><th>gate</th><th>fixed:2</th><th>fixed:3</th></tr>
 *   <tr><td>as computed</td><td>38.60</td><td>38.45</td></tr>
 *   <tr><td>score at least 0.5, the threshold</td><td>38.63</td><td>39.15</td></tr>
 *   <tr><td>score 0.9 where it is below the threshold</td><td>38.99</td><td>40.73</td></tr>
 *   <tr><td>score 1</td><td>39.13</td><td>41.30</td></tr>
 * </table>
 *
 * <p>Limits of 2 and 1 steps give 38.56 and 40.53.
 */
final class ExpertChoiceRouter implements Router {
  /** Lowest sigmoid of an auxiliary logit with which a token takes a step. */
  private static final float AUXILIARY_THRESHOLD = 0.5f;

  private final RoutingConfig routing;
  private final RoutingMode mode;
  private final RowRange rows;
  private final float[] scores; // by step, then by row

  ExpertChoiceRouter(MorConfig config, RoutingMode mode, RowRange rows) {
    this.routing = config.routing();
    this.mode = mode;
    this.rows = rows;
    scores = new float[config.recursionCount() * rows.count()];
    Arrays.fill(scores, Float.NaN);
  }

  @Override
  public RoutingDecision decide(int step, int[] candidates, RouterLogits logits) {
    float[] gates = new float[candidates.length];
    for (int i = 0; i < candidates.length; i++) {
      float score = Activation.apply(routing.activation(), logits.main()[logits.start() + i]);
      scores[step * rows.count() + candidates[i]] = score;
      gates[i] = logits.isFinite(i, 1) ? gate(score) : Float.NaN;
    }
    return mode.rule() == RoutingMode.Rule.TOP_K
        ? topK(step, candidates, gates)
        : rowByRow(step, candidates, gates, logits);
  }

  private float gate(float score) {
    return routing.activation() == RouterActivation.IDENTITY ? score : routing.alpha() * score;
  }

  private RoutingDecision topK(int step, int[] candidates, float[] gates) {
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

  /**
   * Decides on each row independently of all others. Rows whose gate is NaN take the step: the
   * results become NaN and are refused, while a row that is dropped would hide the broken router.
   */
  private RoutingDecision rowByRow(int step, int[] candidates, float[] gates, RouterLogits logits) {
    int[] kept = candidates; // copied when the first row is dropped
    int count = 0;
    for (int i = 0; i < candidates.length; i++) {
      float gate = applied(gates[i]);
      if (takes(step, candidates[i], i, logits) || Float.isNaN(gate)) {
        gates[count] = gate;
        kept[count++] = candidates[i];
      } else if (count == i) {
        kept = candidates.clone();
      }
    }
    return RoutingDecision.ofFirst(count, kept, gates);
  }

  /** The factor of a row's update. NaN stays NaN with additive gating too. */
  private float applied(float gate) {
    return routing.gating() == Gating.WEIGHTED || Float.isNaN(gate) ? gate : 1;
  }

  private boolean takes(int step, int row, int candidate, RouterLogits logits) {
    return switch (mode.rule()) {
      case FIXED -> true;
      case DRAWN -> mode.draw().depth(rows.firstPosition() + row) > step;
      case TRAINED ->
          routing.decision() == DecisionRule.AUX_ROUTER
              ? Activation.sigmoid(logits.auxiliary()[logits.start() + candidate])
                  >= AUXILIARY_THRESHOLD
              : scores[step * rows.count() + row] >= routing.threshold();
      case TOP_K -> throw new IllegalStateException("top-k ranks all rows together");
    };
  }

  @Override
  public float[] scores(int step) {
    return Arrays.copyOfRange(scores, step * rows.count(), (step + 1) * rows.count());
  }
}
