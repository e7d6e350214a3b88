package dev.mor4j.routing;

/**
 * Consecutive rows of one sequence.
 *
 * @param firstPosition position of the first row in its sequence
 * @param count number of rows; the whole sequence for {@link
 *     dev.mor4j.model.RoutingMode.Rule#TOP_K}
 */
public record RowRange(int firstPosition, int count) {}
