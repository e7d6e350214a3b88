package dev.mor4j.quantize;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Options of a quantization.
 *
 * @param input a GGUF file of the architecture {@code mor} or {@code llama}
 * @param output the file to write, replaced if it exists; must not be the input
 * @param recipe the types of tensors
 * @param importances file of the importance matrix that weighs errors
 * @param allowRequantize whether to accept matrices that are already quantized; requantizing loses
 *     further quality
 * @param threads number of encoding threads, 1..{@value #MAX_THREADS}
 * @param measuresError whether to decode the result and report the difference from its source
 */
public record QuantizationOptions(
    Path input,
    Path output,
    RecipeOptions recipe,
    Optional<Path> importances,
    boolean allowRequantize,
    int threads,
    boolean measuresError) {

  /** An upper limit; more threads than cores do not help. */
  public static final int MAX_THREADS = 512;

  public QuantizationOptions {
    checkThreads(threads);
  }

  /** Options without a measurement of errors. */
  public QuantizationOptions(
      Path input,
      Path output,
      RecipeOptions recipe,
      Optional<Path> importances,
      boolean allowRequantize,
      int threads) {
    this(input, output, recipe, importances, allowRequantize, threads, false);
  }

  /** One thread per core. */
  public static int allCores() {
    return Math.min(Runtime.getRuntime().availableProcessors(), MAX_THREADS);
  }

  static void checkThreads(int threads) {
    if (threads < 1 || threads > MAX_THREADS) {
      throw new IllegalArgumentException(
          "threads: expected 1..%s, found %s".formatted(MAX_THREADS, threads));
    }
  }
}
