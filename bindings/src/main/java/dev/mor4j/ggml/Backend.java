package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.CpuFunctions;
import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Mor;
import dev.mor4j.ggml.ffi.ggml_backend_set_abort_callback_t;
import dev.mor4j.ggml.ffi.ggml_backend_set_n_threads_t;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** An execution context of a device, which runs graphs. Confined to the thread that created it. */
public final class Backend extends NativeObject {
  private final Device device;
  private final List<NativeObject> used = new ArrayList<>();

  /**
   * @throws GgmlException if the device cannot be started
   */
  public Backend(Device device) {
    super(
        "ggml_backend_dev_init(" + device.name() + ")",
        Threads.CONFINED,
        Ggml.ggml_backend_dev_init(device.handle(), MemorySegment.NULL),
        Ggml::ggml_backend_free);
    this.device = device;
  }

  /** The device of this backend. */
  public Device device() {
    return device;
  }

  /**
   * Sets the threads that run graphs from now on.
   *
   * @param pool borrowed: close it after this backend
   * @throws GgmlException if the device is not a CPU
   */
  public void use(ThreadPool pool) {
    pool.requireOpen();
    MemorySegment setThreadCount = device.requiredFunction("ggml_backend_set_n_threads");
    ggml_backend_set_n_threads_t.invoke(setThreadCount, handle(), pool.threadCount());
    CpuFunctions.setThreadpool(
        device.requiredFunction("ggml_backend_cpu_set_threadpool"), handle(), pool.handle());
    used.removeIf(ThreadPool.class::isInstance);
    used.add(pool);
  }

  /**
   * Sets a flag that stops graphs. Devices that do not support this ignore it.
   *
   * @param flag borrowed: close it after this backend
   */
  public void use(CancelFlag flag) {
    device
        .function("ggml_backend_set_abort_callback")
        .ifPresent(
            function ->
                ggml_backend_set_abort_callback_t.invoke(
                    function, handle(), Mor.mor_cancelled(), flag.handle()));
    used.removeIf(CancelFlag.class::isInstance);
    used.add(flag);
  }

  /**
   * To be called before a graph runs, because C has pointers to the pool and the flag.
   *
   * @throws IllegalStateException if the backend, its pool or its flag is closed
   */
  void requireUsable() {
    requireOpen();
    for (int i = 0; i < used.size(); i++) {
      used.get(i).requireOpen();
    }
  }

  @Override
  public String toString() {
    return device.name();
  }
}
