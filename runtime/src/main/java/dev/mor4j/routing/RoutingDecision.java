package dev.mor4j.routing;

/**
 * Who takes one recursion step.
 *
 * @param rows rows of the batch that take it, ascending
 * @param gates what scales each row's update of the residual stream, in the order of {@code rows}
 */
public record RoutingDecision(int[] rows, float[] gates) {
  public RoutingDecision {
    if (rows.length != gates.length) {
      throw new IllegalArgumentException(
          "expected as many gates as rows, found %d and %d".formatted(gates.length, rows.length));
    }
  }

  /** Whether nobody takes the step, and so none of the later ones. */
  public boolean isEmpty() {
    return rows.length == 0;
  }
}
