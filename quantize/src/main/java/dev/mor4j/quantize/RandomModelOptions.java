package dev.mor4j.quantize;

import java.nio.file.Path;

/**
 * Which random model to write.
 *
 * @param output the file to write, replaced if it is there
 * @param shape its sizes
 * @param choices what it does with its layers
 * @param type of its matrices, with the better types for some that quantization gives
 * @param seed of its weights: the same for the same shape, choices and seed, whatever the type
 * @param threads that draw and encode, 1..{@value QuantizationOptions#MAX_THREADS}
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
