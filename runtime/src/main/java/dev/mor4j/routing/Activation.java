package dev.mor4j.routing;

import dev.mor4j.model.RouterActivation;

/** Turns router logits into router scores. */
final class Activation {
  private Activation() {}

  /** The logistic function, computed in double precision. */
  static float sigmoid(float logit) {
    return (float) (1 / (1 + Math.exp(-logit)));
  }

  /** The score of a single logit. */
  static float apply(RouterActivation activation, float logit) {
    return switch (activation) {
      case SIGMOID -> sigmoid(logit);
      case TANH -> (float) Math.tanh(logit);
      case IDENTITY -> logit;
      case SOFTMAX -> throw new IllegalArgumentException("softmax needs all logits of a row");
    };
  }

  /**
   * Computes the scores of a row of logits.
   *
   * @param offset index of the row's first logit
   * @param count logits of the row
   * @param scores receives {@code count} scores
   * @param target index of the first score
   */
  static void applyToRow(
      RouterActivation activation,
      float[] logits,
      int offset,
      int count,
      float[] scores,
      int target) {
    if (activation == RouterActivation.SOFTMAX) {
      double highest = highest(logits, offset, count);
      double sum = expSum(logits, offset, count, highest);
      for (int i = 0; i < count; i++) {
        scores[target + i] = (float) (Math.exp(logits[offset + i] - highest) / sum);
      }
    } else {
      for (int i = 0; i < count; i++) {
        scores[target + i] = apply(activation, logits[offset + i]);
      }
    }
  }

  /**
   * The softmax value of the logit at {@code index} among {@code count} logits from {@code offset}
   * on.
   */
  static double softmax(float[] logits, int offset, int count, int index) {
    double highest = highest(logits, offset, count);
    return Math.exp(logits[index] - highest) / expSum(logits, offset, count, highest);
  }

  private static double highest(float[] logits, int offset, int count) {
    double highest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      highest = Math.max(highest, logits[offset + i]);
    }
    return highest;
  }

  private static double expSum(float[] logits, int offset, int count, double highest) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += Math.exp(logits[offset + i] - highest);
    }
    return sum;
  }
}
