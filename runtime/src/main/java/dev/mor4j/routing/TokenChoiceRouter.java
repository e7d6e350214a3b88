package dev.mor4j.routing;

import dev.mor4j.model.Gating;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingConfig;
import dev.mor4j.model.RoutingMode;
import java.util.Arrays;

/** Each token picks its depth before the first step; only its last step enters the stream. */
final class TokenChoiceRouter implements Router {
  private final RoutingConfig routing;
  private final RoutingMode mode;
  private final RowRange rows;
  private final float[] bias;
  private final float[][] scores;

  /** Last step of each row. */
  private final int[] lastStep;

  /** What scales the output of each row's last step. */
  private final float[] gate;

  TokenChoiceRouter(MorConfig config, RoutingMode mode, RowRange rows, float[] bias) {
    this.routing = config.routing();
    this.mode = mode;
    this.rows = rows;
    this.bias = bias;
    scores = new float[config.recursionCount()][rows.count()];
    for (float[] step : scores) {
      Arrays.fill(step, Float.NaN);
    }
    lastStep = new int[rows.count()];
    gate = new float[rows.count()];
  }

  @Override
  public boolean asksBefore(int step) {
    return step == 0;
  }

  @Override
  public RoutingDecision decide(int step, int[] candidates, RouterLogits logits) {
    if (step == 0) {
      for (int i = 0; i < candidates.length; i++) {
        choose(candidates[i], logits.start() + i * scores.length, logits.main());
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

  private void choose(int row, int offset, float[] logits) {
    float[] rowScores = Activation.applyToRow(routing.activation(), logits, offset, scores.length);
    int best = 0;
    for (int step = 0; step < rowScores.length; step++) {
      scores[step][row] = rowScores[step];
      best = biased(rowScores, step) > biased(rowScores, best) ? step : best;
    }
    lastStep[row] = Math.min(wanted(row, best), mode.depthLimit() - 1);
    gate[row] = routing.gating() == Gating.WEIGHTED ? scaled(rowScores[lastStep[row]]) : 1;
  }

  /** The last step that a row is to take, if there is no limit. */
  private int wanted(int row, int best) {
    return switch (mode.rule()) {
      case TRAINED, TOP_K -> best;
      case FIXED -> mode.depthLimit() - 1;
      case DRAWN -> mode.draw().depth(rows.firstPosition() + row) - 1;
    };
  }

  /** What the argmax sees; the bias comes after alpha and never enters the gate. */
  private float biased(float[] rowScores, int step) {
    return scaled(rowScores[step]) + (bias.length == 0 ? 0 : bias[step]);
  }

  private float scaled(float score) {
    return routing.alpha() * score;
  }

  @Override
  public float[] scores(int step) {
    return scores[step].clone();
  }
}
