package dev.mor4j.quantize;

/** Counts what one stage has done and passes it on. */
final class StageProgress {
  private final ConversionProgress listener;
  private final ConversionProgress.Stage stage;
  private final long totalBytes;
  private final int tensorCount;
  private long doneBytes;
  private int doneTensors;

  StageProgress(
      ConversionProgress listener,
      ConversionProgress.Stage stage,
      long totalBytes,
      int tensorCount) {
    this.listener = listener;
    this.stage = stage;
    this.totalBytes = totalBytes;
    this.tensorCount = tensorCount;
  }

  void finished(long bytes) {
    doneBytes += bytes;
    doneTensors++;
    listener.advanced(
        new ConversionProgress.State(stage, doneBytes, totalBytes, doneTensors, tensorCount));
  }
}
