package dev.mor4j.ggml.ffi;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Functions of the CPU backend. It is loaded at run time, so the loader cannot look them up, and
 * they are called through the address that {@code ggml_backend_reg_get_proc_address} gives.
 */
@SuppressWarnings("restricted")
public final class CpuFunctions {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle POINTER_TO_POINTER =
      LINKER.downcallHandle(FunctionDescriptor.of(Ggml.C_POINTER, Ggml.C_POINTER));
  private static final MethodHandle POINTER_TO_VOID =
      LINKER.downcallHandle(FunctionDescriptor.ofVoid(Ggml.C_POINTER));
  private static final MethodHandle TWO_POINTERS_TO_VOID =
      LINKER.downcallHandle(FunctionDescriptor.ofVoid(Ggml.C_POINTER, Ggml.C_POINTER));

  private CpuFunctions() {}

  /** {@code ggml_threadpool_new}. */
  public static MemorySegment threadpoolNew(MemorySegment function, MemorySegment params) {
    try {
      return (MemorySegment) POINTER_TO_POINTER.invokeExact(function, params);
    } catch (Throwable failure) {
      throw Mor.rethrow(failure);
    }
  }

  /** {@code ggml_threadpool_free}. */
  public static void threadpoolFree(MemorySegment function, MemorySegment pool) {
    try {
      POINTER_TO_VOID.invokeExact(function, pool);
    } catch (Throwable failure) {
      throw Mor.rethrow(failure);
    }
  }

  /** {@code ggml_backend_cpu_set_threadpool}. */
  public static void setThreadpool(
      MemorySegment function, MemorySegment backend, MemorySegment pool) {
    try {
      TWO_POINTERS_TO_VOID.invokeExact(function, backend, pool);
    } catch (Throwable failure) {
      throw Mor.rethrow(failure);
    }
  }
}
