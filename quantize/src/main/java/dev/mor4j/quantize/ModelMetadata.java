package dev.mor4j.quantize;

import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.model.AttentionConfig;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingConfig;
import dev.mor4j.model.RoutingKind;

/** The model's part of the metadata. */
final class ModelMetadata {
  static final String FILE_TYPE = "general.file_type";
  static final String QUANTIZATION_VERSION = "general.quantization_version";

  /** {@code GGML_QNT_VERSION} in ggml.h. */
  static final int GGML_QUANTIZATION_VERSION = 2;

  private ModelMetadata() {}

  static void declare(GgufWriter writer, MorConfig config, OutputType outputType) {
    writer
        .metadata(MetadataKeys.ARCHITECTURE, GgufValue.string(MetadataKeys.ARCHITECTURE_NAME))
        .metadata(MetadataKeys.NAME, GgufValue.string(config.name()))
        .metadata(FILE_TYPE, GgufValue.uint32(outputType.fileType()));
    if (outputType.tensorType().isQuantized()) {
      writer.metadata(QUANTIZATION_VERSION, GgufValue.uint32(GGML_QUANTIZATION_VERSION));
    }
    AttentionConfig attention = config.attention();
    writer
        .metadata(MetadataKeys.CONTEXT_LENGTH, GgufValue.uint32(config.contextLength()))
        .metadata(MetadataKeys.EMBEDDING_LENGTH, GgufValue.uint32(config.embeddingLength()))
        .metadata(MetadataKeys.FEED_FORWARD_LENGTH, GgufValue.uint32(config.feedForwardLength()))
        .metadata(MetadataKeys.BLOCK_COUNT, GgufValue.uint32(config.recursion().storedBlockCount()))
        .metadata(MetadataKeys.VOCAB_SIZE, GgufValue.uint32(config.vocabularySize()))
        .metadata(MetadataKeys.HEAD_COUNT, GgufValue.uint32(attention.headCount()))
        .metadata(MetadataKeys.HEAD_COUNT_KV, GgufValue.uint32(attention.kvHeadCount()))
        .metadata(MetadataKeys.KEY_LENGTH, GgufValue.uint32(attention.keyLength()))
        .metadata(MetadataKeys.RMS_EPSILON, GgufValue.float32(attention.layerNormRmsEpsilon()))
        .metadata(MetadataKeys.ROPE_FREQ_BASE, GgufValue.float32(attention.ropeFreqBase()))
        .metadata(
            MetadataKeys.ROPE_DIMENSION_COUNT, GgufValue.uint32(attention.ropeDimensionCount()))
        .metadata(MetadataKeys.RECURSION_COUNT, GgufValue.uint32(config.recursionCount()))
        .metadata(
            MetadataKeys.RECURSION_BLOCK_LENGTH, GgufValue.uint32(config.recursion().blockLength()))
        .metadata(
            MetadataKeys.RECURSION_SHARING, GgufValue.string(config.recursion().sharing().key()))
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
