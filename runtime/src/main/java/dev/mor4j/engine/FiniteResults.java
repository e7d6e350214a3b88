package dev.mor4j.engine;

import dev.mor4j.sampling.NonFiniteException;

/** Refuses results that are NaN or infinite. */
final class FiniteResults {
  /** Exponent bits of a float: all are set in NaN and infinities only. */
  private static final int EXPONENT = 0x7F800000;

  private FiniteResults() {}

  /**
   * Rows of values, one per token.
   *
   * @param name what the values are, for the message
   * @param values row after row
   * @param rowLength values of one row
   * @param firstRow index of the first row to check
   * @param rowCount number of rows to check
   */
  record Rows(String name, float[] values, int rowLength, int firstRow, int rowCount) {}

  /**
   * Checks rows of consecutive tokens.
   *
   * @param firstToken position of the first row's token
   * @throws NonFiniteException naming the first token that has a value which is not finite
   */
  static void require(Rows rows, int firstToken) {
    float[] values = rows.values;
    int start = rows.firstRow * rows.rowLength;
    int end = start + rows.rowCount * rows.rowLength;
    int largest = 0;
    for (int i = start; i < end; i++) { // without a branch, so that it becomes vector instructions
      largest = Math.max(largest, Float.floatToRawIntBits(values[i]) & EXPONENT);
    }
    for (int i = start; largest == EXPONENT && i < end; i++) {
      if (!Float.isFinite(values[i])) {
        int token = firstToken + (i - start) / rows.rowLength;
        throw new NonFiniteException(
            rows.name + " are not finite: " + values[i] + " at position " + token);
      }
    }
  }
}
