package dev.mor4j.weights;

/** The layout of a model's matrices in memory. */
public enum WeightLayout {
  /** As in the mapped file: no copy, and the system may evict its pages from memory. */
  AS_STORED,
  /**
   * Matrices that the device multiplies faster in a layout of its own are copied once, when the
   * model is loaded; the others stay as in the file.
   */
  FASTEST,
  /**
   * All matrices are copied, those in a faster layout as with {@link #FASTEST}, and nothing is read
   * from the file afterwards.
   */
  COPIED
}
