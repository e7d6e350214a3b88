package dev.mor4j.sampling;

import java.util.Objects;

/**
 * Checks that logits define a distribution, and finds the greatest. The loops are written so that
 * the JIT vectorizes them.
 */
final class UsableLogits {
  /**
   * Length of the segments in which the maximum is searched first. The scan for its index is not
   * vectorized, and so is limited to one segment.
   */
  private static final int SEGMENT = 1024;

  private UsableLogits() {}

  /**
   * The greatest logit.
   *
   * @param offset index of the logit of token 0
   * @param length size of the vocabulary
   * @throws NonFiniteException if a logit is NaN or positive infinity, or all are negative infinity
   */
  static float greatest(float[] logits, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, logits.length);
    float greatest = max(logits, offset, offset + length);
    if (!isUsable(greatest)) {
      throw unusable(logits, offset, length);
    }
    return greatest;
  }

  /** The first token with the greatest logit; parameters as in {@link #greatest}. */
  static int likeliest(float[] logits, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, logits.length);
    float greatest = Float.NEGATIVE_INFINITY;
    int segment = offset;
    for (int begin = offset; begin < offset + length; begin += SEGMENT) {
      float found = max(logits, begin, Math.min(begin + SEGMENT, offset + length));
      if (found > greatest) {
        greatest = found;
        segment = begin;
      } else if (Float.isNaN(found)) {
        throw unusable(logits, offset, length);
      }
    }
    if (!isUsable(greatest)) {
      throw unusable(logits, offset, length);
    }
    int token = segment;
    while (logits[token] != greatest) {
      token++;
    }
    return token - offset;
  }

  private static float max(float[] logits, int begin, int end) {
    float greatest = Float.NEGATIVE_INFINITY;
    for (int i = begin; i < end; i++) {
      greatest = Math.max(greatest, logits[i]); // NaN if any is
    }
    return greatest;
  }

  private static boolean isUsable(float greatest) {
    return greatest > Float.NEGATIVE_INFINITY && greatest < Float.POSITIVE_INFINITY;
  }

  private static NonFiniteException unusable(float[] logits, int offset, int length) {
    for (int token = 0; token < length; token++) {
      float logit = logits[offset + token];
      if (!(logit < Float.POSITIVE_INFINITY)) {
        return new NonFiniteException("logits are not finite: " + logit + " for token id " + token);
      }
    }
    return new NonFiniteException("logits are not finite: all " + length + " are -Infinity");
  }
}
