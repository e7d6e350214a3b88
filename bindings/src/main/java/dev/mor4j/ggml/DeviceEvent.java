package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;

/** An event: a point in a device's queue to wait for. Confined to the thread that created it. */
final class DeviceEvent extends NativeObject {
  private boolean isRecorded;

  /**
   * @throws GgmlException if the device cannot create one
   */
  DeviceEvent(Device device) {
    super(
        "ggml_backend_event_new(" + device.name() + ")",
        Threads.CONFINED,
        Ggml.ggml_backend_event_new(device.handle()),
        Ggml::ggml_backend_event_free);
  }

  /** Records the event after all work that was submitted to a backend so far. */
  void record(Backend backend) {
    Ggml.ggml_backend_event_record(handle(), backend.handle());
    isRecorded = true;
  }

  /** Waits until the work before the event is done. Returns at once if it was never recorded. */
  void await() {
    if (isRecorded) {
      Ggml.ggml_backend_event_synchronize(handle());
    }
  }
}
