package dev.mor4j.quantize;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufMetadata;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.TensorNames;
import java.util.Set;

/**
 * What the types of a mix depend on.
 *
 * @param architecture {@code mor} or {@code llama}
 * @param blockCount blocks stored in the file
 * @param queriesPerKey query heads that share one key and value head
 * @param hasHead whether the head is a matrix of its own
 */
record SourceModel(String architecture, int blockCount, int queriesPerKey, boolean hasHead) {
  static final String LLAMA = "llama";
  private static final Set<String> KNOWN = Set.of(MetadataKeys.ARCHITECTURE_NAME, LLAMA);

  /**
   * Reads a file's metadata.
   *
   * @throws GgufFormatException if a key is missing or wrong
   * @throws QuantizationException if the file is one of several parts, or of another kind of model
   */
  static SourceModel of(GgufFile file) throws GgufFormatException, QuantizationException {
    GgufMetadata metadata = file.metadata();
    String architecture = metadata.string(MetadataKeys.ARCHITECTURE);
    if (!KNOWN.contains(architecture)) {
      throw new QuantizationException(
          file.path(),
          "%s: expected mor or llama, found %s".formatted(MetadataKeys.ARCHITECTURE, architecture));
    }
    if (metadata.count(architecture + ".expert_count", 0) > 0) {
      throw new QuantizationException(file.path(), "expected no mixture of experts, found one");
    }
    if (metadata.count("split.count", 1) > 1) {
      throw new QuantizationException(
          file.path(), "is one of several parts of a model: merge them first");
    }
    int heads = metadata.count(architecture + ".attention.head_count");
    String keyHeadsKey = architecture + ".attention.head_count_kv";
    int keyHeads = metadata.count(keyHeadsKey, heads);
    if (keyHeads < 1) {
      throw new GgufFormatException(
          file.path(), keyHeadsKey, "a whole number above 0", String.valueOf(keyHeads));
    }
    return new SourceModel(
        architecture,
        metadata.count(architecture + ".block_count"),
        heads / keyHeads,
        file.tensor(TensorNames.OUTPUT).isPresent());
  }
}
