package dev.mor4j.quantize;

/** Counts the progress of one stage and reports it to a listener. */
final class StageProgress {
  private final WorkProgress listener;
  private final WorkProgress.Stage stage;
  private final long totalBytes;
  private final int tensorCount;
  private long doneBytes;
  private int doneTensors;

  StageProgress(WorkProgress listener, WorkProgress.Stage stage, long totalBytes, int tensorCount) {
    this.listener = listener;
    this.stage = stage;
    this.totalBytes = totalBytes;
    this.tensorCount = tensorCount;
  }

  /** Adds the last bytes of a tensor and counts it as finished. */
  void finished(long bytes) {
    doneTensors++;
    advanced(bytes);
  }

  /** Adds bytes of a tensor that is not finished yet. */
  void advanced(long bytes) {
    doneBytes += bytes;
    listener.advanced(
        new WorkProgress.State(stage, doneBytes, totalBytes, doneTensors, tensorCount));
  }
}
