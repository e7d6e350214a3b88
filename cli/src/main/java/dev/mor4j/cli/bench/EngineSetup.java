package dev.mor4j.cli.bench;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.Model;
import dev.mor4j.gguf.TensorType;

/**
 * How the measured engine is set up.
 *
 * @param threads that compute
 * @param parallel sequences that run together
 * @param batchSize most tokens of prompts that are computed at a time
 * @param keyType how keys are stored
 * @param valueType how values are stored
 * @param isLockstep whether sequences that stop early wait for the deepest
 */
public record EngineSetup(
    int threads,
    int parallel,
    int batchSize,
    TensorType keyType,
    TensorType valueType,
    boolean isLockstep) {

  /** The engine, with room for the largest of all tests. */
  public Engine start(Model model, int contextSize) {
    return Engine.builder(model)
        .contextSize(contextSize)
        .parallel(parallel)
        .threads(threads)
        .keyType(keyType)
        .valueType(valueType)
        .batchSize(batchSize)
        .batchSizeBesideDecoding(batchSize)
        .depthWise(!isLockstep)
        .build();
  }
}
