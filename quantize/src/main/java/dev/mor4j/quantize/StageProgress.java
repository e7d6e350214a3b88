package dev.mor4j.quantize;

/** Counts what one stage has done and passes it on. */
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

  /** A tensor is done, with the last of its bytes. */
  void finished(long bytes) {
    doneTensors++;
    advanced(bytes);
  }

  /** Some bytes of a tensor are done. */
  void advanced(long bytes) {
    doneBytes += bytes;
    listener.advanced(
        new WorkProgress.State(stage, doneBytes, totalBytes, doneTensors, tensorCount));
  }
}
