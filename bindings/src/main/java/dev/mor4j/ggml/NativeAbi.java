package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Loader;
import dev.mor4j.ggml.ffi.Mor;
import dev.mor4j.ggml.ffi.ggml_backend_dev_props;
import dev.mor4j.ggml.ffi.ggml_backend_feature;
import dev.mor4j.ggml.ffi.ggml_init_params;
import dev.mor4j.ggml.ffi.ggml_tensor;
import dev.mor4j.ggml.ffi.ggml_threadpool_params;
import dev.mor4j.ggml.ffi.ggml_type_traits;
import dev.mor4j.gguf.TensorType;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Checks once, when the native libraries are loaded, that they match the bindings: a mismatch would
 * end the process later, in C code.
 */
final class NativeAbi {
  /** {@code MOR_ABI_VERSION} of the {@code mor.h} that {@link Mor} was written for. */
  static final int VERSION = 1;

  /** The ggml that jextract read: struct layouts and enum values may differ in any other. */
  static final String GGML_VERSION = "0.25.1";

  private NativeAbi() {}

  /**
   * Compares the loaded libraries with the bindings.
   *
   * @param folder where the libraries were loaded from, for messages
   * @throws GgmlException naming the folder, what was expected and what was found
   */
  static void check(Path folder) {
    checkVersion(folder, Mor.mor_abi_version());
    checkGgml(folder);
    expectedConstants().forEach((name, expected) -> checkConstant(folder, name, expected));
    for (TensorType type : TensorType.values()) {
      checkEqual(folder, type + " block size", type.blockSize(), Ggml.ggml_blck_size(type.id()));
      checkEqual(folder, type + " block bytes", type.blockBytes(), Ggml.ggml_type_size(type.id()));
    }
  }

  private static void checkVersion(Path folder, OptionalInt found) {
    if (found.isEmpty()) {
      throw mismatch(folder, "ABI version " + VERSION + " of the library mor", "none");
    }
    if (found.getAsInt() != VERSION) {
      throw mismatch(
          folder, "ABI version " + VERSION + " of the library mor", "" + found.getAsInt());
    }
  }

  /** The version, and that mor was compiled against the ggml that lies beside it. */
  private static void checkGgml(Path folder) {
    String version = Loader.string(Ggml.ggml_version());
    if (!version.equals(GGML_VERSION) && !version.startsWith(GGML_VERSION + "-")) {
      throw mismatch(folder, "ggml " + GGML_VERSION, version);
    }
    String commit = Loader.string(Ggml.ggml_commit());
    String compiledAgainst = Mor.mor_ggml_commit();
    if (!commit.equals(compiledAgainst)) {
      throw mismatch(
          folder,
          "a library mor compiled against its ggml (commit " + commit + ")",
          "one compiled against commit " + compiledAgainst);
    }
  }

  /** Constants that the generated bindings repeat, and some of our own that cannot be variables. */
  private static Map<String, Long> expectedConstants() {
    return Map.ofEntries(
        Map.entry("GGML_MAX_SRC", (long) Ggml.GGML_MAX_SRC()),
        Map.entry("GGML_MAX_N_THREADS", (long) ThreadPool.MOST_THREADS),
        Map.entry("GGML_N_TASKS_MAX", (long) Ggml.GGML_N_TASKS_MAX()),
        Map.entry("GGML_TYPE_COUNT", (long) Ggml.GGML_TYPE_COUNT()),
        Map.entry("GGML_OP_COUNT", (long) Ggml.GGML_OP_COUNT()),
        Map.entry("GGML_OP_GET_ROWS", (long) Ggml.GGML_OP_GET_ROWS()),
        Map.entry("GGML_OP_TRANSPOSE", (long) Ggml.GGML_OP_TRANSPOSE()),
        Map.entry("GGML_ROPE_TYPE_NORMAL", (long) Rotation.Pairing.ADJACENT.mode()),
        Map.entry("GGML_ROPE_TYPE_NEOX", (long) Rotation.Pairing.SPLIT_HALVES.mode()),
        Map.entry("GGML_STATUS_SUCCESS", (long) Ggml.GGML_STATUS_SUCCESS()),
        Map.entry("GGML_STATUS_ABORTED", (long) Ggml.GGML_STATUS_ABORTED()),
        Map.entry(
            "GGML_BACKEND_BUFFER_USAGE_WEIGHTS", (long) Ggml.GGML_BACKEND_BUFFER_USAGE_WEIGHTS()),
        Map.entry("GGML_BACKEND_DEVICE_TYPE_ACCEL", (long) Ggml.GGML_BACKEND_DEVICE_TYPE_ACCEL()),
        Map.entry("sizeof(ggml_tensor)", ggml_tensor.sizeof()),
        Map.entry("sizeof(ggml_init_params)", ggml_init_params.sizeof()),
        Map.entry("sizeof(ggml_type_traits)", ggml_type_traits.sizeof()),
        Map.entry("sizeof(ggml_threadpool_params)", ggml_threadpool_params.sizeof()),
        Map.entry("sizeof(ggml_backend_dev_props)", ggml_backend_dev_props.sizeof()),
        Map.entry("sizeof(ggml_backend_feature)", ggml_backend_feature.sizeof()));
  }

  /**
   * Compares one constant with the value that the libraries were compiled with.
   *
   * @throws GgmlException if they differ
   */
  static void checkConstant(Path folder, String name, long expected) {
    checkEqual(folder, name, expected, Mor.mor_constant(name));
  }

  private static void checkEqual(Path folder, String what, long expected, long found) {
    if (expected != found) {
      throw mismatch(folder, what + " = " + expected, "" + found);
    }
  }

  static GgmlException mismatch(Path folder, String expected, String found) {
    return new GgmlException(
        ("%s: expected %s, found %s: these native libraries do not belong to this version of"
                + " mor4j; use those that were built with it")
            .formatted(folder, expected, found));
  }

  /**
   * The value of a constant of {@code mor.h} or ggml.
   *
   * @throws GgmlException if the library does not know the name
   */
  static int constant(String name) {
    Path folder = GgmlLibrary.load().folder();
    long value = Mor.mor_constant(name);
    if (value < 0) {
      throw mismatch(folder, "a constant " + name, "none");
    }
    return Math.toIntExact(value);
  }
}
