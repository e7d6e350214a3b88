package dev.mor4j.quantize;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What to quantize, and how.
 *
 * @param input a GGUF file of the architecture {@code mor} or {@code llama}
 * @param output the file to write, replaced if it is there; never the input
 * @param recipe the types
 * @param importances the importance matrix to go by, as a file
 * @param allowRequantize whether matrices that are quantized already may be quantized again, and so
 *     lose precision twice
 * @param threads that encode, 1..{@value #MAX_THREADS}
 * @param measuresError whether to decode what was encoded and report how far it is from its source
 */
public record QuantizationOptions(
    Path input,
    Path output,
    RecipeOptions recipe,
    Optional<Path> importances,
    boolean allowRequantize,
    int threads,
    boolean measuresError) {

  /** More would only wait for each other. */
  public static final int MAX_THREADS = 512;

  public QuantizationOptions {
    checkThreads(threads);
  }

  /** Without a measurement of errors, which takes time. */
  public QuantizationOptions(
      Path input,
      Path output,
      RecipeOptions recipe,
      Optional<Path> importances,
      boolean allowRequantize,
      int threads) {
    this(input, output, recipe, importances, allowRequantize, threads, false);
  }

  /** As many threads as the machine runs at once. */
  public static int allCores() {
    return Math.min(Runtime.getRuntime().availableProcessors(), MAX_THREADS);
  }

  static void checkThreads(int threads) {
    if (threads < 1 || threads > MAX_THREADS) {
      throw new IllegalArgumentException(
          "threads: expected 1..%d, found %d".formatted(MAX_THREADS, threads));
    }
  }
}
