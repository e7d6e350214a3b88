package dev.mor4j.weights;

import dev.mor4j.gguf.GgufFile;
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
import dev.mor4j.model.TensorNames;
import java.util.Optional;

/**
 * A file of the architecture {@code llama}, as llama.cpp's tools write it: a model of one step that
 * shares nothing. Its keys are those of {@code mor} under another prefix.
 */
final class LlamaConfigReader {
  private static final String PREFIX = "llama.";
  private static final String VALUE_LENGTH = PREFIX + "attention.value_length";
  private static final String SPLIT_COUNT = "split.count";
  private static final int MOST_BLOCKS = 4096;

  private final GgufFile file;
  private final GgufMetadata metadata;

  private LlamaConfigReader(GgufFile file) {
    this.file = file;
    metadata = file.metadata();
  }

  static MorConfig read(GgufFile file) throws GgufFormatException {
    try {
      return new LlamaConfigReader(file).config();
    } catch (InvalidConfigException invalid) {
      throw new GgufFormatException(
          file.path(), key(invalid.key()), invalid.expected(), invalid.found());
    }
  }

  /** What this architecture calls a key of {@code mor}. */
  private static String key(String key) {
    String own = MetadataKeys.ARCHITECTURE_NAME + ".";
    return key.startsWith(own) ? PREFIX + key.substring(own.length()) : key;
  }

  private MorConfig config() throws GgufFormatException {
    if (metadata.count(SPLIT_COUNT, 1) > 1) {
      throw new GgufFormatException(
          file.path(), SPLIT_COUNT, "a model in one file", metadata.count(SPLIT_COUNT) + " files");
    }
    int blockCount = count(MetadataKeys.BLOCK_COUNT);
    if (blockCount < 1 || blockCount > MOST_BLOCKS) {
      throw new InvalidConfigException(
          MetadataKeys.BLOCK_COUNT, "1.." + MOST_BLOCKS, String.valueOf(blockCount));
    }
    MorConfig config =
        new MorConfig(
            metadata.string(MetadataKeys.NAME, ""),
            count(MetadataKeys.CONTEXT_LENGTH),
            count(MetadataKeys.EMBEDDING_LENGTH),
            count(MetadataKeys.FEED_FORWARD_LENGTH),
            vocabularySize(),
            attention(),
            new RecursionConfig(1, blockCount, SharingPattern.NONE),
            RoutingConfig.NONE,
            KvPolicy.PER_STEP);
    LlamaRefusals.check(file, blockCount);
    return config;
  }

  private int count(String key) throws GgufFormatException {
    return metadata.count(key(key));
  }

  private int vocabularySize() throws GgufFormatException {
    String key = key(MetadataKeys.VOCAB_SIZE);
    if (metadata.find(key).isPresent()) {
      return metadata.count(key);
    }
    if (metadata.find(MetadataKeys.TOKENS).orElse(null) instanceof GgufValue.TextArray tokens) {
      return tokens.values().size();
    }
    Optional<GgufTensorInfo> embedding = file.tensor(TensorNames.TOKEN_EMBEDDING);
    if (embedding.isEmpty() || embedding.get().shape().size1() > Integer.MAX_VALUE) {
      throw new InvalidConfigException(MetadataKeys.VOCAB_SIZE, "a count of tokens", "no such key");
    }
    return (int) embedding.get().shape().size1();
  }

  private AttentionConfig attention() throws GgufFormatException {
    int headCount = count(MetadataKeys.HEAD_COUNT);
    int keyLength = keyLength(headCount);
    if (metadata.count(VALUE_LENGTH, keyLength) != keyLength) {
      throw new InvalidConfigException(
          VALUE_LENGTH,
          keyLength + " as " + key(MetadataKeys.KEY_LENGTH),
          String.valueOf(metadata.count(VALUE_LENGTH)));
    }
    return new AttentionConfig(
        headCount,
        metadata.count(key(MetadataKeys.HEAD_COUNT_KV), headCount),
        keyLength,
        metadata.float32(key(MetadataKeys.RMS_EPSILON)),
        metadata.float32(key(MetadataKeys.ROPE_FREQ_BASE), 10_000),
        metadata.count(key(MetadataKeys.ROPE_DIMENSION_COUNT), keyLength),
        RopePairing.ADJACENT);
  }

  private int keyLength(int headCount) throws GgufFormatException {
    String key = key(MetadataKeys.KEY_LENGTH);
    if (metadata.find(key).isPresent()) {
      return metadata.count(key);
    }
    int embedding = count(MetadataKeys.EMBEDDING_LENGTH);
    if (headCount < 1 || embedding % headCount != 0) {
      throw new InvalidConfigException(
          MetadataKeys.HEAD_COUNT,
          "a divisor of embedding_length " + embedding,
          String.valueOf(headCount));
    }
    return embedding / headCount;
  }
}
