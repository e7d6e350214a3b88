package dev.mor4j.routing;

/**
 * Router logits of one recursion step, for the rows that were evaluated, in their order.
 *
 * @param main one value per row (expert choice), or one value per step for each row (token choice)
 * @param auxiliary one value per row if the model has an auxiliary router, else empty
 * @param start index of the first row's values, in both arrays
 */
public record RouterLogits(float[] main, float[] auxiliary, int start) {
  /** For models without a router. */
  public static final RouterLogits NONE = new RouterLogits(new float[0], new float[0]);

  /** Logits that start at index 0. */
  public RouterLogits(float[] main, float[] auxiliary) {
    this(main, auxiliary, 0);
  }

  /**
   * Whether all logits of the row at {@code index} are finite; {@code width} main values per row.
   */
  boolean isFinite(int index, int width) {
    for (int i = start + index * width; i < start + (index + 1) * width; i++) {
      if (!Float.isFinite(main[i]) || (auxiliary.length > 0 && !Float.isFinite(auxiliary[i]))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Selects the logits of some rows of one sequence, where the rows of several sequences follow one
   * another. The arrays are not copied if all of the sequence's evaluated rows are wanted.
   *
   * @param offset number of rows before the sequence's first one
   * @param evaluated the sequence's rows that have logits, ascending
   * @param wanted the rows to select, ascending, a subset of {@code evaluated}
   * @param width main values per row; auxiliary values have the same number per row, if there are
   *     any
   */
  public RouterLogits ofRows(int offset, int[] evaluated, int[] wanted, int width) {
    if (main.length == 0) {
      return NONE;
    }
    if (evaluated.length == wanted.length && offset == 0) {
      return this; // the usual case: a single sequence
    }
    return evaluated.length == wanted.length
        ? new RouterLogits(main, auxiliary, start + offset * width)
        : new RouterLogits(
            ofRows(main, start + offset * width, evaluated, wanted, width),
            ofRows(auxiliary, start + offset * width, evaluated, wanted, width));
  }

  private static float[] ofRows(
      float[] values, int start, int[] evaluated, int[] wanted, int width) {
    if (values.length == 0) {
      return values;
    }
    float[] selected = new float[wanted.length * width];
    int at = 0;
    for (int i = 0; i < wanted.length; i++) {
      while (evaluated[at] != wanted[i]) {
        at++;
      }
      System.arraycopy(values, start + at * width, selected, i * width, width);
    }
    return selected;
  }
}
