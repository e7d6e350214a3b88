package dev.mor4j.quantize;

import java.nio.file.Path;

/**
 * Options of a random model.
 *
 * @param output the file to write, replaced if it exists
 * @param shape its sizes
 * @param choices its recursion and routing
 * @param type type of its matrices, with the mix of better types that quantization uses
 * @param seed seed of its weights, which depend on shape, choices and seed but not on the type
 * @param threads number of drawing and encoding threads, 1..{@value
 *     QuantizationOptions#MAX_THREADS}
 */
public record RandomModelOptions(
    Path output,
    ModelShape shape,
    RecursionChoices choices,
    FileType type,
    long seed,
    int threads) {

  public RandomModelOptions {
    QuantizationOptions.checkThreads(threads);
  }
}
