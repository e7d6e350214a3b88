package dev.mor4j.architecture;

import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufMetadata;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.model.AttentionConfig;
import dev.mor4j.model.DecisionRule;
import dev.mor4j.model.Gating;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.KeyedChoice;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionConfig;
import dev.mor4j.model.RopePairing;
import dev.mor4j.model.RouterActivation;
import dev.mor4j.model.RouterKind;
import dev.mor4j.model.RoutingConfig;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.model.TensorRole;
import dev.mor4j.model.TensorSpec;
import dev.mor4j.model.TensorTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Mixture-of-Recursions models: Llama layers, some of which recursion steps reuse, and routers.
 *
 * <p>Source: models/GGUF.md, sections 2 and 3.
 */
final class MorArchitecture implements Architecture {
  private static final double CAPACITY_ROUNDING = 0x1p-22;

  @Override
  public String name() {
    return MetadataKeys.ARCHITECTURE_NAME;
  }

  @Override
  public RopePairing ropePairing() {
    return RopePairing.SPLIT_HALVES;
  }

  @Override
  public MorConfig readConfig(GgufMetadata metadata, List<GgufTensorInfo> tensors)
      throws GgufFormatException {
    MorConfig config =
        new MorConfig(
            metadata.string(MetadataKeys.NAME, ""),
            metadata.count(MetadataKeys.CONTEXT_LENGTH),
            metadata.count(MetadataKeys.EMBEDDING_LENGTH),
            metadata.count(MetadataKeys.FEED_FORWARD_LENGTH),
            metadata.count(MetadataKeys.VOCAB_SIZE),
            attention(metadata),
            recursion(metadata),
            routing(metadata),
            choice(metadata, KvPolicy.class, MetadataKeys.KV_POLICY, KvPolicy.PER_STEP));
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

  private AttentionConfig attention(GgufMetadata metadata) throws GgufFormatException {
    int headCount = metadata.count(MetadataKeys.HEAD_COUNT);
    int keyLength = metadata.count(MetadataKeys.KEY_LENGTH);
    return new AttentionConfig(
        headCount,
        metadata.count(MetadataKeys.HEAD_COUNT_KV, headCount),
        keyLength,
        metadata.float32(MetadataKeys.RMS_EPSILON),
        metadata.float32(MetadataKeys.ROPE_FREQ_BASE),
        metadata.count(MetadataKeys.ROPE_DIMENSION_COUNT, keyLength),
        ropePairing());
  }

  private static RecursionConfig recursion(GgufMetadata metadata) throws GgufFormatException {
    return new RecursionConfig(
        metadata.count(MetadataKeys.RECURSION_COUNT),
        metadata.count(MetadataKeys.RECURSION_BLOCK_LENGTH),
        choice(
            metadata, SharingPattern.class, MetadataKeys.RECURSION_SHARING, SharingPattern.NONE));
  }

  private static RoutingConfig routing(GgufMetadata metadata) throws GgufFormatException {
    RoutingKind kind =
        choice(metadata, RoutingKind.class, MetadataKeys.ROUTING_TYPE, RoutingKind.NONE);
    if (kind == RoutingKind.NONE) {
      return RoutingConfig.NONE;
    }
    boolean isExpertChoice = kind == RoutingKind.EXPERT_CHOICE;
    return new RoutingConfig(
        kind,
        choice(metadata, RouterKind.class, MetadataKeys.ROUTING_ROUTER, RouterKind.LINEAR),
        choice(
            metadata,
            RouterActivation.class,
            MetadataKeys.ROUTING_ACTIVATION,
            isExpertChoice ? RouterActivation.SIGMOID : RouterActivation.SOFTMAX),
        metadata.float32(MetadataKeys.ROUTING_ALPHA, 1),
        metadata.float32(MetadataKeys.ROUTING_TEMPERATURE, 1),
        choice(metadata, Gating.class, MetadataKeys.ROUTING_GATING, Gating.WEIGHTED),
        choice(
            metadata,
            DecisionRule.class,
            MetadataKeys.ROUTING_DECISION,
            isExpertChoice ? DecisionRule.THRESHOLD : DecisionRule.ARGMAX),
        metadata.float32(MetadataKeys.ROUTING_THRESHOLD, 0.5f),
        isExpertChoice ? capacity(metadata) : List.of());
  }

  private static List<Double> capacity(GgufMetadata metadata) throws GgufFormatException {
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

  private static <C extends Enum<C> & KeyedChoice> C choice(
      GgufMetadata metadata, Class<C> choices, String key, C absent) throws GgufFormatException {
    return KeyedChoice.of(choices, key, metadata.string(key, absent.key()));
  }

  @Override
  public Map<String, GgufValue> metadata(MorConfig config) {
    RecursionConfig recursion = config.recursion();
    Map<String, GgufValue> keys = SizeKeys.of(this, config);
    keys.put(MetadataKeys.RECURSION_COUNT, GgufValue.uint32(recursion.count()));
    keys.put(MetadataKeys.RECURSION_BLOCK_LENGTH, GgufValue.uint32(recursion.blockLength()));
    keys.put(MetadataKeys.RECURSION_SHARING, GgufValue.string(recursion.sharing().key()));
    keys.put(MetadataKeys.KV_POLICY, GgufValue.string(config.kvPolicy().key()));
    keys.put(MetadataKeys.ROUTING_TYPE, GgufValue.string(config.routing().kind().key()));
    if (config.routing().isRouted()) {
      addRouting(keys, config.routing());
    }
    return keys;
  }

  private static void addRouting(Map<String, GgufValue> keys, RoutingConfig routing) {
    keys.put(MetadataKeys.ROUTING_ROUTER, GgufValue.string(routing.router().key()));
    keys.put(MetadataKeys.ROUTING_ACTIVATION, GgufValue.string(routing.activation().key()));
    keys.put(MetadataKeys.ROUTING_ALPHA, GgufValue.float32(routing.alpha()));
    keys.put(MetadataKeys.ROUTING_TEMPERATURE, GgufValue.float32(routing.temperature()));
    keys.put(MetadataKeys.ROUTING_GATING, GgufValue.string(routing.gating().key()));
    keys.put(MetadataKeys.ROUTING_DECISION, GgufValue.string(routing.decision().key()));
    keys.put(MetadataKeys.ROUTING_THRESHOLD, GgufValue.float32(routing.threshold()));
    if (routing.kind() == RoutingKind.EXPERT_CHOICE) {
      float[] capacity = new float[routing.capacity().size()];
      for (int step = 0; step < capacity.length; step++) {
        capacity[step] = routing.capacity().get(step).floatValue(); // exactShare restores 64 bits
      }
      keys.put(MetadataKeys.ROUTING_CAPACITY, GgufValue.float32s(capacity));
    }
  }

  @Override
  public TensorTable tensors(MorConfig config) {
    List<TensorSpec> tensors = new ArrayList<>(LlamaTensors.outsideBlocks(config));
    RecursionConfig recursion = config.recursion();
    int firstShared = recursion.sharing().hasUnsharedEnds() ? 1 : 0;
    for (int block = 0; block < recursion.storedBlockCount(); block++) {
      boolean isShared = block >= firstShared && block < firstShared + recursion.blockLength();
      int ownSteps = isShared ? recursion.count() : 0;
      LlamaTensors.ofBlock(block, config)
          .forEach(tensor -> tensors.add(tensor.orPerStep(ownSteps)));
      if (isShared) {
        TensorRole encoding = TensorRole.RECURSION_ENCODING;
        tensors.add(
            TensorSpec.inBlock(block, encoding, config.embeddingLength(), 1)
                .orPerStep(ownSteps)
                .optional());
      }
    }
    addRouters(tensors, config);
    return new TensorTable(tensors);
  }

  private static void addRouters(List<TensorSpec> tensors, MorConfig config) {
    RoutingConfig routing = config.routing();
    int steps = config.recursionCount();
    switch (routing.kind()) {
      case NONE -> {}
      case EXPERT_CHOICE -> {
        List<TensorSpec> router = router(config, 1);
        List<TensorSpec> auxiliary =
            routing.decision() == DecisionRule.AUX_ROUTER ? auxiliaryRouter(config) : List.of();
        for (int step = 0; step < steps; step++) {
          for (TensorSpec tensor : router) {
            tensors.add(tensor.atStep(step));
          }
          for (TensorSpec tensor : auxiliary) {
            tensors.add(tensor.atStep(step));
          }
        }
      }
      case TOKEN_CHOICE -> {
        tensors.addAll(router(config, steps));
        tensors.add(TensorSpec.of(TensorRole.ROUTER_BIAS, steps).optional());
      }
    }
  }

  private static List<TensorSpec> router(MorConfig config, int logits) {
    long embedding = config.embeddingLength();
    return switch (config.routing().router()) {
      case LINEAR -> List.of(TensorSpec.of(TensorRole.ROUTER, embedding, logits));
      case MLP ->
          List.of(
              TensorSpec.of(TensorRole.ROUTER_UP, embedding, 2 * embedding),
              TensorSpec.of(TensorRole.ROUTER_DOWN, 2 * embedding, logits));
    };
  }

  private static List<TensorSpec> auxiliaryRouter(MorConfig config) {
    return router(config, 1).stream()
        .map(
            tensor ->
                TensorSpec.of(auxiliary(tensor.role()), tensor.rowLength(), tensor.rowCount()))
        .toList();
  }

  private static TensorRole auxiliary(TensorRole router) {
    return switch (router) {
      case ROUTER_UP -> TensorRole.AUX_ROUTER_UP;
      case ROUTER_DOWN -> TensorRole.AUX_ROUTER_DOWN;
      default -> TensorRole.AUX_ROUTER;
    };
  }
}
