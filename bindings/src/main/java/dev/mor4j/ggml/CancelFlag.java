package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Mor;

/**
 * Stops a running graph between two operations. C reads it, so no upcall is needed; any thread may
 * set it.
 */
public final class CancelFlag extends NativeObject {

  public CancelFlag() {
    GgmlLibrary.load();
    super("mor_cancel_new", Threads.SHARED, Mor.mor_cancel_new(), Mor::mor_cancel_free);
  }

  /**
   * Makes the graph that runs, and those to come, stop with {@link GraphStatus#ABORTED} after the
   * operation at hand.
   */
  public void cancel() {
    Mor.mor_cancel_set(handle(), 1);
  }

  /** Lets graphs run again. */
  public void reset() {
    Mor.mor_cancel_set(handle(), 0);
  }
}
