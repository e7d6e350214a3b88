package dev.mor4j.weights;

/**
 * Pads a batch with unused rows, if that makes its matrix products faster or batch-invariant.
 * Padding rows attend to no slot, and nothing of them is stored.
 */
public sealed interface RowPadding permits SteadyRows, RowGroups {
  /** No padding. */
  RowPadding NONE = SteadyRows.ANY;

  /** The number of rows to compute for a batch of {@code rows} rows, 1 or more. */
  int padded(int rows);
}
