package dev.mor4j.ggml.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.OptionalInt;

/**
 * Bindings of mor4j's C library {@code mor}, written by hand in the manner of jextract. {@code
 * mor.h} documents the functions. A change to that header raises its ABI version, which the
 * bindings check at load.
 */
@SuppressWarnings("restricted")
public final class Mor {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup SYMBOLS = SymbolLookup.loaderLookup();

  private Mor() {}

  // One class per function, as in jextract's output: a function is linked on its first call, which
  // takes milliseconds.

  private static final class Constant {
    static final MethodHandle HANDLE =
        bind("mor_constant", FunctionDescriptor.of(Ggml.C_LONG_LONG, Ggml.C_POINTER));
  }

  private static final class AbortReport {
    static final MethodHandle HANDLE = bind("mor_abort_report", FunctionDescriptor.ofVoid());
  }

  private static final class Commit {
    static final MethodHandle HANDLE = bind("mor_ggml_commit", pointerOf());
  }

  private static final class IgnoreBackendPath {
    static final MethodHandle HANDLE = bind("mor_ignore_backend_path", FunctionDescriptor.ofVoid());
  }

  private static final class LogCapture {
    static final MethodHandle HANDLE =
        bind("mor_log_capture", FunctionDescriptor.ofVoid(Ggml.C_INT));
  }

  private static final class LogDrain {
    static final MethodHandle HANDLE =
        bind("mor_log_drain", FunctionDescriptor.of(Ggml.C_LONG, Ggml.C_POINTER, Ggml.C_LONG));
  }

  private static final class CancelNew {
    static final MethodHandle HANDLE = bind("mor_cancel_new", pointerOf());
  }

  private static final class CancelFree {
    static final MethodHandle HANDLE =
        bind("mor_cancel_free", FunctionDescriptor.ofVoid(Ggml.C_POINTER));
  }

  private static final class CancelSet {
    static final MethodHandle HANDLE =
        bind("mor_cancel_set", FunctionDescriptor.ofVoid(Ggml.C_POINTER, Ggml.C_INT));
  }

  private static final class LogSumExp {
    /** Critical, so that it reads Java arrays without a copy. */
    static final MethodHandle HANDLE =
        bind(
            "mor_log_sum_exp",
            FunctionDescriptor.of(Ggml.C_DOUBLE, Ggml.C_POINTER, Ggml.C_LONG_LONG),
            Linker.Option.critical(true));
  }

  private static final class PreferLargePages {
    static final MethodHandle HANDLE =
        bind(
            "mor_prefer_large_pages",
            FunctionDescriptor.of(Ggml.C_BOOL, Ggml.C_POINTER, Ggml.C_LONG));
  }

  private static FunctionDescriptor pointerOf() {
    return FunctionDescriptor.of(Ggml.C_POINTER);
  }

  private static MethodHandle bind(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    return LINKER.downcallHandle(symbol(name), descriptor, options);
  }

  private static MemorySegment symbol(String name) {
    return SYMBOLS
        .find(name)
        .orElseThrow(() -> new UnsatisfiedLinkError("the library mor has no symbol " + name));
  }

  /** {@code int mor_abi_version(void)}; empty if the library is older than its first version. */
  public static OptionalInt mor_abi_version() {
    return SYMBOLS.find("mor_abi_version").stream().mapToInt(Mor::callIntFunction).findFirst();
  }

  private static int callIntFunction(MemorySegment address) {
    try {
      return (int) LINKER.downcallHandle(address, FunctionDescriptor.of(Ggml.C_INT)).invokeExact();
    } catch (Throwable failure) {
      throw rethrow(failure);
    }
  }

  /** {@code int64_t mor_constant(const char * name)}. */
  public static long mor_constant(String name) {
    try (Arena call = Arena.ofConfined()) {
      return (long) Constant.HANDLE.invokeExact(call.allocateFrom(name));
    } catch (Throwable failure) {
      throw rethrow(failure);
    }
  }

  /** {@code void mor_abort_report(void)}. */
  public static void mor_abort_report() {
    try {
      AbortReport.HANDLE.invokeExact();
    } catch (Throwable failure) {
      throw rethrow(failure);
    }
  }

  /** {@code const char * mor_ggml_commit(void)}. */
  public static String mor_ggml_commit() {
    try {
      return ((MemorySegment) Commit.HANDLE.invokeExact()).reinterpret(64).getString(0);
    } catch (Throwable failure) {
      throw rethrow(failure);
    }
  }

  /** {@code void mor_log_capture(int min_level)}. */
  public static void mor_log_capture(int minLevel) {
    try {
      LogCapture.HANDLE.invokeExact(minLevel);
    } catch (Throwable failure) {
      throw rethrow(failure);
    }
  }

  /** {@code size_t mor_log_drain(char * dst, size_t capacity)}. */
  public static long mor_log_drain(MemorySegment dst, long capacity) {
    try {
      return (long) LogDrain.HANDLE.invokeExact(dst, capacity);
    } catch (Throwable failure) {
      throw rethrow(failure);
    }
  }

  /** {@code void * mor_cancel_new(void)}. */
  public static MemorySegment mor_cancel_new() {
    try {
      return (MemorySegment) CancelNew.HANDLE.invokeExact();
    } catch (Throwable failure) {
      throw rethrow(failure);
    }
  }

  /** {@code void mor_cancel_free(void * flag)}. */
  public static void mor_cancel_free(MemorySegment flag) {
    try {
      CancelFree.HANDLE.invokeExact(flag);
    } catch (Throwable failure) {
      throw rethrow(failure);
    }
  }

  /** {@code void mor_cancel_set(void * flag, int value)}. */
  public static void mor_cancel_set(MemorySegment flag, int value) {
    try {
      CancelSet.HANDLE.invokeExact(flag, value);
    } catch (Throwable failure) {
      throw rethrow(failure);
    }
  }

  /** Address of {@code bool mor_cancelled(void * flag)}, a {@code ggml_abort_callback}. */
  public static MemorySegment mor_cancelled() {
    return symbol("mor_cancelled");
  }

  /**
   * {@code double mor_log_sum_exp(const float * values, int64_t count)}; the values may be on the
   * heap.
   */
  public static double mor_log_sum_exp(MemorySegment values, long count) {
    try {
      return (double) LogSumExp.HANDLE.invokeExact(values, count);
    } catch (Throwable failure) {
      throw rethrow(failure);
    }
  }

  /** {@code void mor_ignore_backend_path(void)}. */
  public static void mor_ignore_backend_path() {
    try {
      IgnoreBackendPath.HANDLE.invokeExact();
    } catch (Throwable failure) {
      throw rethrow(failure);
    }
  }

  /** {@code bool mor_prefer_large_pages(void * begin, size_t bytes)}. */
  public static boolean mor_prefer_large_pages(MemorySegment begin, long bytes) {
    try {
      return (boolean) PreferLargePages.HANDLE.invokeExact(begin, bytes);
    } catch (Throwable failure) {
      throw rethrow(failure);
    }
  }

  /** Address of {@code mor_gated_scatter_add}, a {@code ggml_custom_op_t}. */
  public static MemorySegment mor_gated_scatter_add() {
    return symbol("mor_gated_scatter_add");
  }

  /** Address of {@code mor_ragged_attention}, a {@code ggml_custom_op_t}. */
  public static MemorySegment mor_ragged_attention() {
    return symbol("mor_ragged_attention");
  }

  /** Address of {@code mor_digest_logits}, a {@code ggml_custom_op_t}. */
  public static MemorySegment mor_digest_logits() {
    return symbol("mor_digest_logits");
  }

  static RuntimeException rethrow(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return failure instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException(failure);
  }
}
