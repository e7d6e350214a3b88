package dev.mor4j.weights;

/** How a model's matrices lie in memory. */
public enum WeightLayout {
  /** As in the file, which is mapped: no copy, and the system may drop pages that it needs. */
  AS_STORED,
  /**
   * Those that the device multiplies faster in a layout of its own are copied once, when the model
   * is loaded; the others as stored.
   */
  FASTEST,
  /**
   * All matrices are copied, those in a faster layout as with {@link #FASTEST}, and nothing is read
   * from the file afterwards.
   */
  COPIED
}
