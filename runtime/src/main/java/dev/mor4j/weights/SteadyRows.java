package dev.mor4j.weights;

import dev.mor4j.gguf.TensorType;

/**
 * Row counts for which ggml's matrix products are batch-invariant: each row gets the same bits,
 * whatever the other rows are. Found by comparing all counts from 1 to 40 on x86 with AVX2; types
 * that are not named here are batch-invariant for any count.
 *
 * @param least minimum number of rows
 * @param multiple the number of rows is a multiple of this
 */
record SteadyRows(int least, int multiple) implements RowPadding {
  /** Any number of rows. */
  static final SteadyRows ANY = new SteadyRows(1, 1);

  /** The row counts for weights in the layout of the file. */
  static SteadyRows of(TensorType type) {
    return switch (type) {
      // A single row is summed in another order.
      case F32, F16, BF16, IQ4_NL -> new SteadyRows(2, 1);
      // Eight or more rows use other kernels.
      case IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, IQ4_XS -> new SteadyRows(8, 1);
      default -> ANY;
    };
  }

  /** The row counts for repacked weights: one kernel for four rows, another for the remaining. */
  static SteadyRows ofCopies() {
    return new SteadyRows(4, 4);
  }

  /** The row counts that are batch-invariant for both. */
  SteadyRows and(SteadyRows other) {
    return new SteadyRows(Math.max(least, other.least), Math.max(multiple, other.multiple));
  }

  @Override
  public int padded(int rows) {
    return Math.max(least, Math.ceilDiv(rows, multiple) * multiple);
  }
}
