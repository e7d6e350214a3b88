package dev.mor4j.routing;

/**
 * What the routers of one step said, for the rows that were asked, in their order.
 *
 * @param main one value a row (expert choice), or one a step for each row (token choice)
 * @param auxiliary one value a row where the model has an auxiliary router, else empty
 * @param start where the values of the first row begin, in both
 */
public record RouterLogits(float[] main, float[] auxiliary, int start) {
  /** Of a model that has no router. */
  public static final RouterLogits NONE = new RouterLogits(new float[0], new float[0]);

  /** Values from the arrays' beginning on. */
  public RouterLogits(float[] main, float[] auxiliary) {
    this(main, auxiliary, 0);
  }

  /**
   * Those of some rows of one sequence, where rows of several stand one after another; with the
   * same arrays if all that were asked are wanted.
   *
   * @param offset where the sequence's rows begin
   * @param asked its rows that were asked, ascending
   * @param wanted those of them that are wanted, ascending
   * @param width main values of a row, which auxiliary ones equal in number where there are any
   */
  public RouterLogits ofRows(int offset, int[] asked, int[] wanted, int width) {
    if (main.length == 0) {
      return NONE;
    }
    if (asked.length == wanted.length && offset == 0) {
      return this; // as of one sequence alone
    }
    return asked.length == wanted.length
        ? new RouterLogits(main, auxiliary, start + offset * width)
        : new RouterLogits(
            ofRows(main, start + offset * width, asked, wanted, width),
            ofRows(auxiliary, start + offset * width, asked, wanted, width));
  }

  private static float[] ofRows(float[] values, int start, int[] asked, int[] wanted, int width) {
    if (values.length == 0) {
      return values;
    }
    float[] found = new float[wanted.length * width];
    int at = 0;
    for (int i = 0; i < wanted.length; i++) {
      while (asked[at] != wanted[i]) {
        at++;
      }
      System.arraycopy(values, start + at * width, found, i * width, width);
    }
    return found;
  }
}
