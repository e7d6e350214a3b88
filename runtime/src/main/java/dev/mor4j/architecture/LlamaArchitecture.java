package dev.mor4j.architecture;

import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufMetadata;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.model.AttentionConfig;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionConfig;
import dev.mor4j.model.RopePairing;
import dev.mor4j.model.RoutingConfig;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.model.TensorId;
import dev.mor4j.model.TensorRole;
import dev.mor4j.model.TensorSpec;
import dev.mor4j.model.TensorTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Plain Llama models, as llama.cpp's tools write them: one recursion step that shares nothing, and
 * no router. Their keys are those of {@code mor} under the prefix {@code llama}.
 *
 * <p>A file may require features that the engine does not have: experts, biases, scaled positions,
 * sliding windows. Without them the model would give wrong results, so every {@code llama.} key and
 * every tensor that is not known to be harmless is refused.
 *
 * <p>Source: models/GGUF.md, section 5.
 */
final class LlamaArchitecture implements Architecture {
  private static final String NAME = "llama";
  private static final String PREFIX = NAME + ".";
  private static final String VALUE_LENGTH = PREFIX + "attention.value_length";
  private static final String SPLIT_COUNT = "split.count";
  private static final int MAX_BLOCKS = 4096;
  private static final float DEFAULT_ROPE_FREQ_BASE = 10_000;

  /** Keys that are read here, or do not change results by themselves. */
  private static final Set<String> KNOWN_KEYS =
      Set.of(
          "context_length",
          "embedding_length",
          "feed_forward_length",
          "block_count",
          "vocab_size",
          "attention.head_count",
          "attention.head_count_kv",
          "attention.key_length",
          "attention.value_length",
          "attention.layer_norm_rms_epsilon",
          "rope.freq_base",
          "rope.dimension_count",
          // Notes about scaled positions; scaling itself is refused.
          "rope.scaling.original_context_length",
          "rope.scaling.finetuned");

  /** Factors, which change nothing if they are 1. */
  private static final Set<String> FACTORS =
      Set.of(
          "rope.scaling.factor",
          "rope.scale_linear",
          "rope.scaling.attn_factor",
          "logit_scale",
          "residual_scale",
          "embedding_scale");

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public RopePairing ropePairing() {
    return RopePairing.ADJACENT;
  }

  @Override
  public MorConfig readConfig(GgufMetadata metadata, List<GgufTensorInfo> tensors)
      throws GgufFormatException {
    int partCount = metadata.count(SPLIT_COUNT, 1);
    if (partCount > 1) {
      throw new GgufFormatException(
          metadata.file(), SPLIT_COUNT, "a model in one file", partCount + " files");
    }
    int blockCount = metadata.count(key(MetadataKeys.BLOCK_COUNT));
    if (blockCount < 1 || blockCount > MAX_BLOCKS) {
      throw new InvalidConfigException(
          MetadataKeys.BLOCK_COUNT, "1.." + MAX_BLOCKS, String.valueOf(blockCount));
    }
    MorConfig config =
        new MorConfig(
            metadata.string(MetadataKeys.NAME, ""),
            metadata.count(key(MetadataKeys.CONTEXT_LENGTH)),
            metadata.count(key(MetadataKeys.EMBEDDING_LENGTH)),
            metadata.count(key(MetadataKeys.FEED_FORWARD_LENGTH)),
            vocabularySize(metadata, tensors),
            attention(metadata),
            new RecursionConfig(1, blockCount, SharingPattern.NONE),
            RoutingConfig.NONE,
            KvPolicy.PER_STEP);
    requireNeutralKeys(metadata);
    requireKnownTensors(metadata, tensors, tensors(config));
    return config;
  }

  private int vocabularySize(GgufMetadata metadata, List<GgufTensorInfo> tensors)
      throws GgufFormatException {
    String key = key(MetadataKeys.VOCAB_SIZE);
    if (metadata.find(key).isPresent()) {
      return metadata.count(key);
    }
    if (metadata.find(MetadataKeys.TOKENS).orElse(null) instanceof GgufValue.TextArray tokens) {
      return tokens.values().size();
    }
    String name = TensorId.of(TensorRole.TOKEN_EMBEDDING).name();
    Optional<GgufTensorInfo> embedding =
        tensors.stream().filter(tensor -> tensor.name().equals(name)).findAny();
    if (embedding.isEmpty() || embedding.get().shape().size1() > Integer.MAX_VALUE) {
      throw new InvalidConfigException(MetadataKeys.VOCAB_SIZE, "a count of tokens", "no such key");
    }
    return (int) embedding.get().shape().size1();
  }

  private AttentionConfig attention(GgufMetadata metadata) throws GgufFormatException {
    int headCount = metadata.count(key(MetadataKeys.HEAD_COUNT));
    int keyLength = keyLength(metadata, headCount);
    int valueLength = metadata.count(VALUE_LENGTH, keyLength);
    if (valueLength != keyLength) {
      throw new InvalidConfigException(
          VALUE_LENGTH,
          keyLength + " as " + key(MetadataKeys.KEY_LENGTH),
          String.valueOf(valueLength));
    }
    return new AttentionConfig(
        headCount,
        metadata.count(key(MetadataKeys.HEAD_COUNT_KV), headCount),
        keyLength,
        metadata.float32(key(MetadataKeys.RMS_EPSILON)),
        metadata.float32(key(MetadataKeys.ROPE_FREQ_BASE), DEFAULT_ROPE_FREQ_BASE),
        metadata.count(key(MetadataKeys.ROPE_DIMENSION_COUNT), keyLength),
        ropePairing());
  }

  private int keyLength(GgufMetadata metadata, int headCount) throws GgufFormatException {
    String key = key(MetadataKeys.KEY_LENGTH);
    if (metadata.find(key).isPresent()) {
      return metadata.count(key);
    }
    int embedding = metadata.count(key(MetadataKeys.EMBEDDING_LENGTH));
    if (headCount < 1 || embedding % headCount != 0) {
      throw new InvalidConfigException(
          MetadataKeys.HEAD_COUNT,
          "a divisor of embedding_length " + embedding,
          String.valueOf(headCount));
    }
    return embedding / headCount;
  }

  private static void requireNeutralKeys(GgufMetadata metadata) throws GgufFormatException {
    for (String key : metadata.keys()) {
      if (!key.startsWith(PREFIX) || KNOWN_KEYS.contains(key.substring(PREFIX.length()))) {
        continue;
      }
      GgufValue value = metadata.find(key).orElseThrow();
      String neutral = neutralValue(key.substring(PREFIX.length()));
      if (!isNeutral(value, neutral)) {
        throw new GgufFormatException(
            metadata.file(),
            key,
            neutral + ", since other values are not supported",
            value.preview());
      }
    }
  }

  /** Whether a value is the neutral one, or zero, which switches a feature off. */
  private static boolean isNeutral(GgufValue value, String neutral) {
    return switch (value) {
      case GgufValue.Whole whole -> whole.value() == 0;
      case GgufValue.Float32(float number) -> number == 0 || (neutral.equals("1") && number == 1);
      case GgufValue.Float64(double number) -> number == 0;
      case GgufValue.Bool(boolean truth) -> String.valueOf(truth).equals(neutral);
      case GgufValue.Text(String text) -> text.equals(neutral);
      case GgufValue.ScalarArray _, GgufValue.TextArray _ -> false;
    };
  }

  /** The value of a key at which it changes nothing. */
  private static String neutralValue(String key) {
    if (FACTORS.contains(key)) {
      return "1";
    }
    return switch (key) {
      case "rope.scaling.type" -> "none";
      case "attention.causal" -> "true";
      case "tensor_data_layout" -> "Meta AI original pth";
      default -> "no such key";
    };
  }

  private static void requireKnownTensors(
      GgufMetadata metadata, List<GgufTensorInfo> tensors, TensorTable table)
      throws GgufFormatException {
    for (GgufTensorInfo tensor : tensors) {
      if (table.named(tensor.name()).isEmpty()) {
        throw new GgufFormatException(
            metadata.file(),
            tensor.name(),
            "the tensors of a plain Llama model",
            tensor.name().endsWith(".bias")
                ? "a bias, which is not supported"
                : "a tensor that is not supported");
      }
    }
  }

  @Override
  public Map<String, GgufValue> metadata(MorConfig config) {
    return SizeKeys.of(this, config);
  }

  @Override
  public TensorTable tensors(MorConfig config) {
    List<TensorSpec> tensors = new ArrayList<>(LlamaTensors.outsideBlocks(config));
    for (int block = 0; block < config.recursion().storedBlockCount(); block++) {
      tensors.addAll(LlamaTensors.ofBlock(block, config));
    }
    return new TensorTable(tensors);
  }
}
