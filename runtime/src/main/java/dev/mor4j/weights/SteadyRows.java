package dev.mor4j.weights;

import dev.mor4j.gguf.TensorType;

/**
 * Numbers of rows for which ggml's matrix products give each row the same bits, whatever the other
 * rows are. Found by comparing all numbers from 1 to 40 on x86 with AVX2; types that are not named
 * here are steady for any number.
 *
 * @param least fewest rows
 * @param multiple rows come in multiples of it
 */
record SteadyRows(int least, int multiple) implements RowPadding {
  /** Any number. */
  static final SteadyRows ANY = new SteadyRows(1, 1);

  /** What weights as they are stored ask for. */
  static SteadyRows of(TensorType type) {
    return switch (type) {
      // one row is a sum in another order
      case F32, F16, BF16, IQ4_NL -> new SteadyRows(2, 1);
      // from eight rows on, other kernels
      case IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, IQ4_XS -> new SteadyRows(8, 1);
      default -> ANY;
    };
  }

  /** What repacked weights ask for: kernels for four rows, and others for those left over. */
  static SteadyRows ofCopies() {
    return new SteadyRows(4, 4);
  }

  /** What satisfies both. */
  SteadyRows and(SteadyRows other) {
    return new SteadyRows(Math.max(least, other.least), Math.max(multiple, other.multiple));
  }

  @Override
  public int padded(int rows) {
    return Math.max(least, Math.ceilDiv(rows, multiple) * multiple);
  }
}
