package dev.mor4j.routing;

import java.util.Arrays;

/**
 * The rows that take one recursion step, with their gates.
 *
 * @param rows rows of the chunk that take the step, ascending
 * @param gates the factor of each row's update of the residual stream, in the order of {@code rows}
 */
public record RoutingDecision(int[] rows, float[] gates) {
  /** No row takes the step. */
  public static final RoutingDecision NO_ROWS = new RoutingDecision(new int[0], new float[0]);

  public RoutingDecision {
    if (rows.length != gates.length) {
      throw new IllegalArgumentException(
          "expected one gate per row, found "
              + rows.length
              + " rows and "
              + gates.length
              + " gates");
    }
  }

  /**
   * A decision made of the first elements of longer arrays. The arrays must not be modified
   * afterwards.
   */
  static RoutingDecision ofFirst(int count, int[] rows, float[] gates) {
    if (count == 0) {
      return NO_ROWS;
    }
    return count == rows.length
        ? new RoutingDecision(rows, gates)
        : new RoutingDecision(Arrays.copyOf(rows, count), Arrays.copyOf(gates, count));
  }

  /** Whether no row takes the step; then no row takes a later one either. */
  public boolean isEmpty() {
    return rows.length == 0;
  }
}
