package dev.mor4j.quantize;

/**
 * Listens to the progress of a conversion or quantization. Called often, on the caller's thread.
 */
@FunctionalInterface
public interface WorkProgress {
  /** Ignores progress. */
  WorkProgress SILENT = state -> {};

  /** The stages of a conversion, in order; a quantization has one stage. */
  enum Stage {
    /** Finding the tensors that are the same at all steps. */
    COMPARE,
    WRITE,
    VERIFY,
    /** Encoding and writing the tensors of a GGUF file. */
    QUANTIZE
  }

  /**
   * The progress of one stage.
   *
   * @param doneBytes bytes of the source's tensors done so far
   * @param totalBytes bytes of the source's tensors in this stage
   * @param doneTensors number of tensors finished
   * @param tensorCount number of tensors in this stage
   */
  record State(Stage stage, long doneBytes, long totalBytes, int doneTensors, int tensorCount) {}

  void advanced(State state);
}
