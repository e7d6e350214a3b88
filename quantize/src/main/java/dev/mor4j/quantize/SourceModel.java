package dev.mor4j.quantize;

import dev.mor4j.architecture.Architecture;
import dev.mor4j.architecture.Architectures;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufMetadata;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.TensorId;
import dev.mor4j.model.TensorRole;

/**
 * The properties of a model on which a mix of types depends.
 *
 * @param architecture of the file
 * @param blockCount blocks stored in the file
 * @param queriesPerKey query heads that share one key and value head
 * @param hasHead whether the head is a matrix of its own
 */
record SourceModel(Architecture architecture, int blockCount, int queriesPerKey, boolean hasHead) {

  /**
   * Reads a file's metadata. A model that the engine does not run, such as a Llama with biases, can
   * be quantized all the same, so its configuration is not checked here.
   *
   * @throws GgufFormatException if a key is missing or wrong
   * @throws QuantizationException if the file is one of several parts, or of another kind of model
   */
  static SourceModel of(GgufFile file) throws GgufFormatException, QuantizationException {
    GgufMetadata metadata = file.metadata();
    Architecture architecture = Architectures.of(metadata);
    if (metadata.count(architecture.name() + ".expert_count", 0) > 0) {
      throw new QuantizationException(file.path(), "mixture-of-experts models are not supported");
    }
    if (metadata.count("split.count", 1) > 1) {
      throw new QuantizationException(
          file.path(), "is one of several parts of a model: merge them first");
    }
    int heads = metadata.count(architecture.key(MetadataKeys.HEAD_COUNT));
    String keyHeadsKey = architecture.key(MetadataKeys.HEAD_COUNT_KV);
    int keyHeads = metadata.count(keyHeadsKey, heads);
    if (keyHeads < 1) {
      throw new GgufFormatException(
          file.path(), keyHeadsKey, "a whole number above 0", String.valueOf(keyHeads));
    }
    return new SourceModel(
        architecture,
        metadata.count(architecture.key(MetadataKeys.BLOCK_COUNT)),
        heads / keyHeads,
        file.tensor(TensorId.of(TensorRole.OUTPUT).name()).isPresent());
  }
}
