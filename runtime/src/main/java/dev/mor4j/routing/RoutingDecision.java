package dev.mor4j.routing;

import java.util.Arrays;

/**
 * Who takes one recursion step.
 *
 * @param rows rows of the batch that take it, ascending
 * @param gates what scales each row's update of the residual stream, in the order of {@code rows}
 */
public record RoutingDecision(int[] rows, float[] gates) {
  /** Nobody takes it. */
  public static final RoutingDecision NOBODY = new RoutingDecision(new int[0], new float[0]);

  public RoutingDecision {
    if (rows.length != gates.length) {
      throw new IllegalArgumentException(
          "expected as many gates as rows, found %d and %d".formatted(gates.length, rows.length));
    }
  }

  /**
   * The first entries of longer arrays.
   *
   * @param rows not to be changed any more
   * @param gates not to be changed any more
   */
  static RoutingDecision ofFirst(int count, int[] rows, float[] gates) {
    if (count == 0) {
      return NOBODY;
    }
    return count == rows.length
        ? new RoutingDecision(rows, gates)
        : new RoutingDecision(Arrays.copyOf(rows, count), Arrays.copyOf(gates, count));
  }

  /** Whether nobody takes the step, and so none of the later ones. */
  public boolean isEmpty() {
    return rows.length == 0;
  }
}
