package dev.mor4j.weights;

import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufMetadata;
import dev.mor4j.model.AttentionConfig;
import dev.mor4j.model.DecisionRule;
import dev.mor4j.model.Gating;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.KeyedChoice;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionConfig;
import dev.mor4j.model.RouterActivation;
import dev.mor4j.model.RouterKind;
import dev.mor4j.model.RoutingConfig;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.SharingPattern;
import java.util.Arrays;
import java.util.List;

/** Metadata of a GGUF file to checked hyperparameters. */
public final class MorConfigReader {
  private static final double CAPACITY_ROUNDING = 0x1p-22;

  private final GgufMetadata metadata;

  private MorConfigReader(GgufMetadata metadata) {
    this.metadata = metadata;
  }

  /**
   * Reads and checks.
   *
   * @throws GgufFormatException if the architecture is another, a key is missing, or a value is out
   *     of range or at odds with another
   */
  public static MorConfig read(GgufMetadata metadata) throws GgufFormatException {
    try {
      return new MorConfigReader(metadata).config();
    } catch (InvalidConfigException invalid) {
      throw new GgufFormatException(
          metadata.file(), invalid.key(), invalid.expected(), invalid.found());
    }
  }

  private MorConfig config() throws GgufFormatException {
    String architecture = metadata.string(MetadataKeys.ARCHITECTURE);
    if (!architecture.equals(MetadataKeys.ARCHITECTURE_NAME)) {
      throw new InvalidConfigException(
          MetadataKeys.ARCHITECTURE, MetadataKeys.ARCHITECTURE_NAME, architecture);
    }
    MorConfig config =
        new MorConfig(
            metadata.string(MetadataKeys.NAME, ""),
            metadata.count(MetadataKeys.CONTEXT_LENGTH),
            metadata.count(MetadataKeys.EMBEDDING_LENGTH),
            metadata.count(MetadataKeys.FEED_FORWARD_LENGTH),
            metadata.count(MetadataKeys.VOCAB_SIZE),
            attention(),
            recursion(),
            routing(),
            choice(KvPolicy.class, MetadataKeys.KV_POLICY, KvPolicy.PER_STEP));
    int blockCount = metadata.count(MetadataKeys.BLOCK_COUNT);
    if (blockCount != config.recursion().storedBlockCount()) {
      throw new InvalidConfigException(
          MetadataKeys.BLOCK_COUNT,
          config.recursion().storedBlockCount()
              + " for this sharing pattern and "
              + MetadataKeys.RECURSION_BLOCK_LENGTH,
          String.valueOf(blockCount));
    }
    return config;
  }

  private AttentionConfig attention() throws GgufFormatException {
    int headCount = metadata.count(MetadataKeys.HEAD_COUNT);
    int keyLength = metadata.count(MetadataKeys.KEY_LENGTH);
    return new AttentionConfig(
        headCount,
        metadata.count(MetadataKeys.HEAD_COUNT_KV, headCount),
        keyLength,
        metadata.float32(MetadataKeys.RMS_EPSILON),
        metadata.float32(MetadataKeys.ROPE_FREQ_BASE),
        metadata.count(MetadataKeys.ROPE_DIMENSION_COUNT, keyLength));
  }

  private RecursionConfig recursion() throws GgufFormatException {
    return new RecursionConfig(
        metadata.count(MetadataKeys.RECURSION_COUNT),
        metadata.count(MetadataKeys.RECURSION_BLOCK_LENGTH),
        choice(SharingPattern.class, MetadataKeys.RECURSION_SHARING, SharingPattern.NONE));
  }

  private RoutingConfig routing() throws GgufFormatException {
    RoutingKind kind = choice(RoutingKind.class, MetadataKeys.ROUTING_TYPE, RoutingKind.NONE);
    if (kind == RoutingKind.NONE) {
      return RoutingConfig.NONE;
    }
    boolean isExpertChoice = kind == RoutingKind.EXPERT_CHOICE;
    return new RoutingConfig(
        kind,
        choice(RouterKind.class, MetadataKeys.ROUTING_ROUTER, RouterKind.LINEAR),
        choice(
            RouterActivation.class,
            MetadataKeys.ROUTING_ACTIVATION,
            isExpertChoice ? RouterActivation.SIGMOID : RouterActivation.SOFTMAX),
        metadata.float32(MetadataKeys.ROUTING_ALPHA, 1),
        metadata.float32(MetadataKeys.ROUTING_TEMPERATURE, 1),
        choice(Gating.class, MetadataKeys.ROUTING_GATING, Gating.WEIGHTED),
        choice(
            DecisionRule.class,
            MetadataKeys.ROUTING_DECISION,
            isExpertChoice ? DecisionRule.THRESHOLD : DecisionRule.ARGMAX),
        metadata.float32(MetadataKeys.ROUTING_THRESHOLD, 0.5f),
        isExpertChoice ? capacity() : List.of());
  }

  private List<Double> capacity() throws GgufFormatException {
    double[] shares = metadata.float64s(MetadataKeys.ROUTING_CAPACITY);
    int steps = metadata.count(MetadataKeys.RECURSION_COUNT);
    return Arrays.stream(shares).map(share -> exactShare(share, steps)).boxed().toList();
  }

  /**
   * What a share was before the file rounded it to 32 bits. Kept tokens are counted in 64 bits, and
   * 5/6 of 6 tokens are 5, but 4 if the share is a little less than 5/6.
   */
  static double exactShare(double stored, int steps) {
    for (int part = 1; part <= steps; part++) {
      double fraction = (double) part / steps;
      if (Math.abs(stored - fraction) <= CAPACITY_ROUNDING) {
        return fraction;
      }
    }
    boolean isRounded = (float) stored == stored;
    return isRounded ? Double.parseDouble(Float.toString((float) stored)) : stored;
  }

  private <C extends Enum<C> & KeyedChoice> C choice(Class<C> choices, String key, C absent)
      throws GgufFormatException {
    return KeyedChoice.of(choices, key, metadata.string(key, absent.key()));
  }
}
