package dev.mor4j.cli.bench;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.Model;
import dev.mor4j.gguf.TensorType;

/**
 * The settings of a measured engine.
 *
 * @param threads number of compute threads
 * @param parallel number of sequences
 * @param batchSize maximum number of prompt tokens per batch
 * @param keyType type of the keys in the K/V cache
 * @param valueType type of the values in the K/V cache
 * @param isLockstep whether sequences that exit early wait for the deepest one
 */
public record EngineSetup(
    int threads,
    int parallel,
    int batchSize,
    TensorType keyType,
    TensorType valueType,
    boolean isLockstep) {

  /** Starts the engine with room for the largest of all tests. */
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
