package dev.mor4j.quantize;

import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.model.Architecture;
import dev.mor4j.model.AttentionConfig;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionConfig;
import dev.mor4j.model.RoutingConfig;
import dev.mor4j.model.RoutingKind;
import java.util.LinkedHashMap;
import java.util.Map;

/** The model's part of the metadata. */
final class ModelMetadata {
  static final String FILE_TYPE = "general.file_type";
  static final String QUANTIZATION_VERSION = "general.quantization_version";

  /** {@code GGML_QNT_VERSION} in ggml.h. */
  static final int GGML_QUANTIZATION_VERSION = 2;

  private ModelMetadata() {}

  /** Declares the keys of a model, but none of its tokenizer. */
  static void declare(
      GgufWriter writer, Architecture architecture, MorConfig config, FileType fileType) {
    writer
        .metadata(MetadataKeys.ARCHITECTURE, GgufValue.string(architecture.key()))
        .metadata(MetadataKeys.NAME, GgufValue.string(config.name()))
        .metadata(FILE_TYPE, GgufValue.uint32(fileType.number()));
    if (fileType.tensorType().isQuantized()) {
      writer.metadata(QUANTIZATION_VERSION, GgufValue.uint32(GGML_QUANTIZATION_VERSION));
    }
    sizes(config).forEach((key, value) -> writer.metadata(key(architecture, key), value));
    if (architecture == Architecture.MOR) {
      declareRecursion(writer, config);
    }
  }

  /** The architectures call the sizes they have in common by the same words after their prefix. */
  private static String key(Architecture architecture, String key) {
    return architecture.key() + key.substring(key.indexOf('.'));
  }

  private static Map<String, GgufValue> sizes(MorConfig config) {
    AttentionConfig attention = config.attention();
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
    return sizes;
  }

  private static void declareRecursion(GgufWriter writer, MorConfig config) {
    RecursionConfig recursion = config.recursion();
    writer
        .metadata(MetadataKeys.RECURSION_COUNT, GgufValue.uint32(recursion.count()))
        .metadata(MetadataKeys.RECURSION_BLOCK_LENGTH, GgufValue.uint32(recursion.blockLength()))
        .metadata(MetadataKeys.RECURSION_SHARING, GgufValue.string(recursion.sharing().key()))
        .metadata(MetadataKeys.KV_POLICY, GgufValue.string(config.kvPolicy().key()))
        .metadata(MetadataKeys.ROUTING_TYPE, GgufValue.string(config.routing().kind().key()));
    if (config.routing().isRouted()) {
      declareRouting(writer, config.routing());
    }
  }

  private static void declareRouting(GgufWriter writer, RoutingConfig routing) {
    writer
        .metadata(MetadataKeys.ROUTING_ROUTER, GgufValue.string(routing.router().key()))
        .metadata(MetadataKeys.ROUTING_ACTIVATION, GgufValue.string(routing.activation().key()))
        .metadata(MetadataKeys.ROUTING_ALPHA, GgufValue.float32(routing.alpha()))
        .metadata(MetadataKeys.ROUTING_TEMPERATURE, GgufValue.float32(routing.temperature()))
        .metadata(MetadataKeys.ROUTING_GATING, GgufValue.string(routing.gating().key()))
        .metadata(MetadataKeys.ROUTING_DECISION, GgufValue.string(routing.decision().key()))
        .metadata(MetadataKeys.ROUTING_THRESHOLD, GgufValue.float32(routing.threshold()));
    if (routing.kind() == RoutingKind.EXPERT_CHOICE) {
      float[] capacity = new float[routing.capacity().size()];
      for (int step = 0; step < capacity.length; step++) {
        capacity[step] = routing.capacity().get(step).floatValue(); // readers restore 64 bits
      }
      writer.metadata(MetadataKeys.ROUTING_CAPACITY, GgufValue.float32s(capacity));
    }
  }
}
