package dev.mor4j.routing;

import dev.mor4j.model.Gating;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RouterActivation;
import dev.mor4j.model.RoutingConfig;
import dev.mor4j.model.RoutingMode;
import java.util.Arrays;

/**
 * Token choice: each token picks its recursion depth before step 0, and only the output of its last
 * step is added to the residual stream.
 *
 * <p>With scores p, alpha a and balancing bias b, the depth is the argmax of a p + b, and the gate
 * is a p of that depth. A mode that limits or forces depths leaves a range of allowed depths; the
 * argmax is taken over that range. The score of the chosen depth alone would be a wrong gate, since
 * it is near 0 wherever the router preferred a depth that is not allowed. The scores of the
 * forbidden depths are therefore distributed over the allowed ones in proportion:
 *
 * <ul>
 *   <li>softmax: the gate is a times the softmax over the logits of the allowed depths, so a forced
 *       depth has the gate a;
 *   <li>sigmoid: the gate is a times min(1, p S / A), S being the sum of all scores and A the sum
 *       of the allowed ones. This is the same rule for scores that do not sum to 1; the bound is
 *       the largest score that training can produce.
 * </ul>
 *
 * <p>If every depth is allowed, this is the trained gate. The bias chooses and never weighs.
 */
final class TokenChoiceRouter implements Router {
  private final RoutingConfig routing;
  private final RoutingMode mode;
  private final RowRange rows;
  private final float[] bias;
  private final boolean isBiasFinite;
  private final int stepCount;

  /** By row, then by step. */
  private final float[] scores;

  /** The last step of each row. */
  private final int[] lastStep;

  /** The gate of each row's last step. */
  private final float[] gate;

  TokenChoiceRouter(MorConfig config, RoutingMode mode, RowRange rows, float[] bias) {
    this.routing = config.routing();
    this.mode = mode;
    this.rows = rows;
    this.bias = bias;
    isBiasFinite = isFinite(bias);
    stepCount = config.recursionCount();
    scores = new float[rows.count() * stepCount];
    Arrays.fill(scores, Float.NaN);
    lastStep = new int[rows.count()];
    gate = new float[rows.count()];
  }

  private static boolean isFinite(float[] values) {
    boolean isFinite = true;
    for (float value : values) {
      isFinite &= Float.isFinite(value);
    }
    return isFinite;
  }

  @Override
  public RoutingDecision decide(int step, int[] candidates, RouterLogits logits) {
    if (step == 0) {
      for (int i = 0; i < candidates.length; i++) {
        int row = candidates[i];
        choose(row, logits.main(), logits.start() + i * stepCount);
        if (!logits.isFinite(i, stepCount) || !isBiasFinite) {
          gate[row] = Float.NaN; // so that a broken router shows in the results, which are refused
        }
      }
    }
    int[] kept = new int[candidates.length];
    float[] gates = new float[candidates.length];
    int count = 0;
    for (int row : candidates) {
      if (lastStep[row] >= step) {
        gates[count] = lastStep[row] == step ? gate[row] : 0;
        kept[count++] = row;
      }
    }
    return RoutingDecision.ofFirst(count, kept, gates);
  }

  private void choose(int row, float[] logits, int offset) {
    int rowScores = row * stepCount;
    Activation.applyToRow(routing.activation(), logits, offset, stepCount, scores, rowScores);
    int first = firstAllowed(row);
    int end = endOfAllowed(row);
    int best = first;
    for (int step = first + 1; step < end; step++) {
      if (preference(rowScores, step) > preference(rowScores, best)) {
        best = step;
      }
    }
    lastStep[row] = best;
    if (routing.gating() == Gating.ADDITIVE) {
      gate[row] = 1;
    } else if (end - first == stepCount) {
      gate[row] = routing.alpha() * scores[rowScores + best];
    } else if (routing.activation() == RouterActivation.SOFTMAX) {
      double share = Activation.softmax(logits, offset + first, end - first, offset + best);
      gate[row] = routing.alpha() * (float) share;
    } else {
      gate[row] = routing.alpha() * rescaled(rowScores, best, first, end);
    }
  }

  /** Index of the shallowest last step that a row may take. */
  private int firstAllowed(int row) {
    return switch (mode.rule()) {
      case TRAINED -> 0;
      case FIXED -> mode.depthLimit() - 1;
      case DRAWN -> Math.min(mode.draw().depth(rows.firstPosition() + row), mode.depthLimit()) - 1;
      case TOP_K -> throw new IllegalStateException("top-k is resolved for expert choice only");
    };
  }

  /** Index after the deepest last step that a row may take. */
  private int endOfAllowed(int row) {
    return mode.rule() == RoutingMode.Rule.TRAINED ? mode.depthLimit() : firstAllowed(row) + 1;
  }

  /** The value whose maximum decides; the bias is added after alpha and never enters the gate. */
  private float preference(int rowScores, int step) {
    return routing.alpha() * scores[rowScores + step] + (bias.length == 0 ? 0 : bias[step]);
  }

  /** The chosen score, enlarged by the share of all scores that the allowed depths do not hold. */
  private float rescaled(int rowScores, int best, int first, int end) {
    double all = 0;
    double allowed = 0;
    for (int step = 0; step < stepCount; step++) {
      double score = scores[rowScores + step];
      all += score;
      allowed += step >= first && step < end ? score : 0;
    }
    // Scores that underflow to 0 have no proportion: the allowed depths share equally.
    double share = allowed > 0 ? scores[rowScores + best] / allowed : 1.0 / (end - first);
    return (float) Math.min(1, share * all);
  }

  @Override
  public float[] scores(int step) {
    float[] found = new float[rows.count()];
    for (int row = 0; row < found.length; row++) {
      found[row] = scores[row * stepCount + step];
    }
    return found;
  }
}
