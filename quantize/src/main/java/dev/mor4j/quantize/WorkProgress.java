package dev.mor4j.quantize;

/** Hears how far a conversion or quantization is; called often, on the thread that asked for it. */
@FunctionalInterface
public interface WorkProgress {
  /** Hears nothing. */
  WorkProgress SILENT = state -> {};

  /** The work of a conversion, in order; a quantization has one stage. */
  enum Stage {
    /** Finding which tensors are the same at all steps. */
    COMPARE,
    WRITE,
    VERIFY,
    /** Encoding and writing the tensors of a GGUF file. */
    QUANTIZE
  }

  /**
   * How far one stage is.
   *
   * @param doneBytes of the source's tensors
   * @param totalBytes of the source's tensors in this stage
   * @param doneTensors tensors finished
   * @param tensorCount tensors in this stage
   */
  record State(Stage stage, long doneBytes, long totalBytes, int doneTensors, int tensorCount) {}

  void advanced(State state);
}
