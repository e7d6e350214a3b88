package dev.mor4j.quantize;

/** Hears how far a conversion is; called often, on the converting thread. */
@FunctionalInterface
public interface ConversionProgress {
  /** Hears nothing. */
  ConversionProgress SILENT = state -> {};

  /** The work of a conversion, in order. */
  enum Stage {
    /** Finding which tensors are the same at all steps. */
    COMPARE,
    WRITE,
    VERIFY
  }

  /**
   * How far one stage is.
   *
   * @param doneBytes of the checkpoint's tensors
   * @param totalBytes of the checkpoint's tensors in this stage
   * @param doneTensors tensors finished
   * @param tensorCount tensors in this stage
   */
  record State(Stage stage, long doneBytes, long totalBytes, int doneTensors, int tensorCount) {}

  void advanced(State state);
}
