package dev.mor4j.sampling;

import java.util.Objects;

/** Logits that a distribution can be made of. Loops that the JIT turns into vector instructions. */
final class UsableLogits {
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
    float greatest = Float.NEGATIVE_INFINITY;
    for (int i = offset; i < offset + length; i++) {
      greatest = Math.max(greatest, logits[i]); // NaN if any is
    }
    if (greatest > Float.NEGATIVE_INFINITY && greatest < Float.POSITIVE_INFINITY) {
      return greatest;
    }
    for (int token = 0; token < length; token++) {
      float logit = logits[offset + token];
      if (!(logit < Float.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "logits are not finite: %s at token %d".formatted(logit, token));
      }
    }
    throw new IllegalArgumentException(
        "logits are not finite: none of %d is above -Infinity".formatted(length));
  }

  /** The first token with the greatest logit; parameters as {@link #greatest}. */
  static int likeliest(float[] logits, int offset, int length) {
    float greatest = greatest(logits, offset, length);
    int token = 0;
    while (logits[offset + token] != greatest) {
      token++;
    }
    return token;
  }
}
