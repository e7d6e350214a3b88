package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;

/** A mark in the work of a device, to wait for. Confined to the thread that made it. */
final class DeviceEvent extends NativeObject {
  private boolean isRecorded;

  /**
   * @throws GgmlException if the device has none to give
   */
  DeviceEvent(Device device) {
    super(
        "ggml_backend_event_new(" + device.name() + ")",
        Threads.CONFINED,
        Ggml.ggml_backend_event_new(device.handle()),
        Ggml::ggml_backend_event_free);
  }

  /** Marks the end of all work that a backend was given so far. */
  void record(Backend backend) {
    Ggml.ggml_backend_event_record(handle(), backend.handle());
    isRecorded = true;
  }

  /** Waits until the work before the mark is done; at once if there is none. */
  void await() {
    if (isRecorded) {
      Ggml.ggml_backend_event_synchronize(handle());
    }
  }
}
