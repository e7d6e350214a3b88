package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.CpuFunctions;
import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.ggml_threadpool_params;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Threads that are kept between graphs. Without a pool, the CPU backend starts and joins threads
 * for each graph. Close it after the backends that use it.
 */
public final class ThreadPool extends NativeObject {
  /**
   * Maximum number of threads in ggml ({@code GGML_MAX_N_THREADS}); {@link NativeAbi} checks it.
   */
  public static final int MOST_THREADS = 512;

  private final int threadCount;

  /**
   * @param cpu the device whose graphs the pool runs
   * @param threadCount number of threads, the caller's included; with more threads than free cores
   *     all become slow, because they wait for each other between operations
   * @throws IllegalArgumentException if the count is not 1 to {@value #MOST_THREADS}
   * @throws GgmlException if the device has no thread pools
   */
  public ThreadPool(Device cpu, int threadCount) {
    MemorySegment free =
        cpu.requiredFunction(
            "ggml_threadpool_free"); // before create: then there is nothing to undo
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

  /** Number of threads, the caller's included. */
  public int threadCount() {
    return threadCount;
  }
}
