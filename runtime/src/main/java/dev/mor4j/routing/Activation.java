package dev.mor4j.routing;

import dev.mor4j.model.RouterActivation;

/** Router logits to scores. */
final class Activation {
  private Activation() {}

  static float sigmoid(float logit) {
    return (float) (1 / (1 + Math.exp(-logit)));
  }

  /** The score of one logit alone. */
  static float apply(RouterActivation activation, float logit) {
    return switch (activation) {
      case SIGMOID -> sigmoid(logit);
      case TANH -> (float) Math.tanh(logit);
      case IDENTITY -> logit;
      case SOFTMAX -> throw new IllegalArgumentException("softmax needs all logits of a row");
    };
  }

  /** The scores of {@code count} logits that belong together, from {@code offset}. */
  static float[] applyToRow(RouterActivation activation, float[] logits, int offset, int count) {
    float[] scores = new float[count];
    if (activation != RouterActivation.SOFTMAX) {
      for (int i = 0; i < count; i++) {
        scores[i] = apply(activation, logits[offset + i]);
      }
      return scores;
    }
    double highest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      highest = Math.max(highest, logits[offset + i]);
    }
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += Math.exp(logits[offset + i] - highest);
    }
    for (int i = 0; i < count; i++) {
      scores[i] = (float) (Math.exp(logits[offset + i] - highest) / sum);
    }
    return scores;
  }
}
