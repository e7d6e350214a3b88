package dev.mor4j.architecture;

import dev.mor4j.gguf.GgufValue;
import dev.mor4j.model.AttentionConfig;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.MorConfig;
import java.util.LinkedHashMap;
import java.util.Map;

/** The keys for names and sizes, which all architectures write under their own prefix. */
final class SizeKeys {
  private SizeKeys() {}

  static Map<String, GgufValue> of(Architecture architecture, MorConfig config) {
    AttentionConfig attention = config.attention();
    Map<String, GgufValue> keys = new LinkedHashMap<>();
    keys.put(MetadataKeys.ARCHITECTURE, GgufValue.string(architecture.name()));
    keys.put(MetadataKeys.NAME, GgufValue.string(config.name()));
    Map<String, GgufValue> sizes = new LinkedHashMap<>();
    sizes.put(MetadataKeys.CONTEXT_LENGTH, GgufValue.uint32(config.contextLength()));
    sizes.put(MetadataKeys.EMBEDDING_LENGTH, GgufValue.uint32(config.embeddingLength()));
    sizes.put(MetadataKeys.FEED_FORWARD_LENGTH, GgufValue.uint32(config.feedForwardLength()));
    sizes.put(MetadataKeys.BLOCK_COUNT, GgufValue.uint32(config.recursion().storedBlockCount()));
    sizes.put(MetadataKeys.VOCAB_SIZE, GgufValue.uint32(config.vocabularySize()));
    sizes.put(MetadataKeys.HEAD_COUNT, GgufValue.uint32(attention.headCount()));
    sizes.put(MetadataKeys.HEAD_COUNT_KV, GgufValue.uint32(attention.kvHeadCount()));
    sizes.put(MetadataKeys.KEY_LENGTH, GgufValue.uint32(attention.keyLength()));
    sizes.put(MetadataKeys.RMS_EPSILON, GgufValue.float32(attention.layerNormRmsEpsilon()));
    sizes.put(MetadataKeys.ROPE_FREQ_BASE, GgufValue.float32(attention.ropeFreqBase()));
    sizes.put(MetadataKeys.ROPE_DIMENSION_COUNT, GgufValue.uint32(attention.ropeDimensionCount()));
    sizes.forEach((key, value) -> keys.put(architecture.key(key), value));
    return keys;
  }
}
