package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Mor;

/**
 * Stops a running graph between two operations. C reads the flag, so no upcall is needed. Any
 * thread may set it.
 */
public final class CancelFlag extends NativeObject {

  public CancelFlag() {
    GgmlLibrary.load();
    super("mor_cancel_new", Threads.SHARED, Mor.mor_cancel_new(), Mor::mor_cancel_free);
  }

  /**
   * Sets the flag: the running graph, and later ones, stop after the current operation with {@link
   * GraphStatus#ABORTED}.
   */
  public void cancel() {
    Mor.mor_cancel_set(handle(), 1);
  }

  /** Clears the flag, so that graphs can run again. */
  public void reset() {
    Mor.mor_cancel_set(handle(), 0);
  }
}
