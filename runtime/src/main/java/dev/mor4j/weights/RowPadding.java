package dev.mor4j.weights;

/**
 * Adds rows that nobody reads to a batch, where its matrix products are better for it. Padding rows
 * see nothing and leave nothing.
 */
public sealed interface RowPadding permits SteadyRows, RowGroups {
  /** Batches as they come. */
  RowPadding NONE = SteadyRows.ANY;

  /** The number of rows to compute for so many that are wanted, at least 1. */
  int padded(int rows);
}
