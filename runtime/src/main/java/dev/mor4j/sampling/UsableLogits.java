package dev.mor4j.sampling;

import java.util.Objects;

/** Logits that a distribution can be made of. Loops that the JIT turns into vector instructions. */
final class UsableLogits {
  /**
   * The place of the greatest is looked for in the piece where it is only: that loop takes one at a
   * time.
   */
  private static final int PIECE = 1024;

  private UsableLogits() {}

  /**
   * The greatest logit.
   *
   * @param offset where the logit of token 0 stands
   * @param length tokens of the vocabulary
   * @throws IllegalArgumentException if a logit is NaN or positive infinity, or all are negative
   *     infinity
   */
  static float greatest(float[] logits, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, logits.length);
    float greatest = max(logits, offset, offset + length);
    if (!isUsable(greatest)) {
      throw unusable(logits, offset, length);
    }
    return greatest;
  }

  /** The first token with the greatest logit; parameters as {@link #greatest}. */
  static int likeliest(float[] logits, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, logits.length);
    float greatest = Float.NEGATIVE_INFINITY;
    int piece = offset;
    for (int begin = offset; begin < offset + length; begin += PIECE) {
      float found = max(logits, begin, Math.min(begin + PIECE, offset + length));
      if (found > greatest) {
        greatest = found;
        piece = begin;
      } else if (Float.isNaN(found)) {
        throw unusable(logits, offset, length);
      }
    }
    if (!isUsable(greatest)) {
      throw unusable(logits, offset, length);
    }
    int token = piece;
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

  private static IllegalArgumentException unusable(float[] logits, int offset, int length) {
    for (int token = 0; token < length; token++) {
      float logit = logits[offset + token];
      if (!(logit < Float.POSITIVE_INFINITY)) {
        return new IllegalArgumentException(
            "logits are not finite: %s at token %d".formatted(logit, token));
      }
    }
    return new IllegalArgumentException(
        "logits are not finite: none of %d is above -Infinity".formatted(length));
  }
}
