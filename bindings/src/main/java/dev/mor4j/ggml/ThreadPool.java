package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.CpuFunctions;
import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.ggml_threadpool_params;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Threads that stay between graphs. Without a pool, the CPU backend makes and joins threads for
 * each graph. Close it after the backends that use it.
 */
public final class ThreadPool extends NativeObject {
  /** Most threads that ggml can use. */
  public static final int MOST_THREADS = 512;

  private final int threadCount;

  /**
   * @param cpu the device whose graphs it will run
   * @param threadCount threads in all, the caller's included; more than free cores makes all slow,
   *     since they wait for each other between operations
   * @throws IllegalArgumentException if the count is not 1 to {@value #MOST_THREADS}
   * @throws GgmlException if the device has no thread pools
   */
  public ThreadPool(Device cpu, int threadCount) {
    MemorySegment free = cpu.requiredFunction("ggml_threadpool_free"); // first: nothing to undo yet
    super(
        "ggml_threadpool_new",
        Threads.CONFINED,
        create(cpu, threadCount),
        pool -> CpuFunctions.threadpoolFree(free, pool));
    this.threadCount = threadCount;
  }

  private static MemorySegment create(Device cpu, int threadCount) {
    if (threadCount < 1 || threadCount > MOST_THREADS) {
      throw new IllegalArgumentException(
          "threads: expected 1..%s, found %s".formatted(MOST_THREADS, threadCount));
    }
    try (Arena call = Arena.ofConfined()) {
      MemorySegment params = ggml_threadpool_params.allocate(call);
      Ggml.ggml_threadpool_params_init(params, threadCount);
      return CpuFunctions.threadpoolNew(cpu.requiredFunction("ggml_threadpool_new"), params);
    }
  }

  /** Threads in all. */
  public int threadCount() {
    return threadCount;
  }
}
