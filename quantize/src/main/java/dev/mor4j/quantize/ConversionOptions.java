package dev.mor4j.quantize;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Options of a conversion.
 *
 * @param checkpoint the trainer's folder
 * @param output the GGUF file to write, replaced if it exists
 * @param outputType type of weight matrices
 * @param morConfig the training yaml; empty to look for it in the folder
 * @param verify whether to read the written file back and compare every value
 */
public record ConversionOptions(
    Path checkpoint,
    Path output,
    OutputType outputType,
    Optional<Path> morConfig,
    boolean verify) {}
