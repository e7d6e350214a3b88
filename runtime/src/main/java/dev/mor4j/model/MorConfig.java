package dev.mor4j.model;

/**
 * The checked hyperparameters of a model of any architecture. Immutable; valid once constructed.
 *
 * <p>Source: the metadata of a GGUF file, see models/GGUF.md.
 *
 * @param name the model's name, for display
 * @param contextLength number of positions that the model was trained for
 * @param embeddingLength width of the residual stream
 * @param feedForwardLength width inside the feed-forward layers
 * @param vocabularySize number of token ids, which start at 0
 * @param attention sizes of self-attention
 * @param recursion how layers are reused
 * @param routing how the recursion depth of a token is chosen
 * @param kvPolicy which keys and values attention reads at later steps
 */
public record MorConfig(
    String name,
    int contextLength,
    int embeddingLength,
    int feedForwardLength,
    int vocabularySize,
    AttentionConfig attention,
    RecursionConfig recursion,
    RoutingConfig routing,
    KvPolicy kvPolicy) {

  public MorConfig {
    Checks.range(MetadataKeys.CONTEXT_LENGTH, contextLength, 1, 1 << 24);
    Checks.range(MetadataKeys.EMBEDDING_LENGTH, embeddingLength, 1, 1 << 20);
    Checks.range(MetadataKeys.FEED_FORWARD_LENGTH, feedForwardLength, 1, 1 << 24);
    Checks.range(MetadataKeys.VOCAB_SIZE, vocabularySize, 1, 1 << 24);
    if (routing.isRouted()) {
      Checks.that(
          recursion.count() >= 2, MetadataKeys.RECURSION_COUNT, "2 or more with a router", 1);
      Checks.that(
          recursion.sharing() == SharingPattern.CYCLE
              || recursion.sharing() == SharingPattern.MIDDLE_CYCLE,
          MetadataKeys.RECURSION_SHARING,
          "cycle or middle_cycle with a router",
          recursion.sharing().key());
    }
    if (routing.kind() == RoutingKind.EXPERT_CHOICE) {
      Checks.that(
          routing.capacity().size() == recursion.count(),
          MetadataKeys.ROUTING_CAPACITY,
          recursion.count() + " shares, one for each step",
          routing.capacity());
    }
    Checks.that(
        kvPolicy != KvPolicy.SHARED_UPDATE
            || (routing.kind() == RoutingKind.EXPERT_CHOICE
                && recursion.sharing() == SharingPattern.MIDDLE_CYCLE),
        MetadataKeys.KV_POLICY,
        "shared_update only with expert choice and middle_cycle",
        kvPolicy.key());
    Checks.that(
        kvPolicy == KvPolicy.PER_STEP || recursion.sharing() != SharingPattern.MIDDLE_SEQUENCE,
        MetadataKeys.KV_POLICY,
        "per_step with middle_sequence",
        kvPolicy.key());
  }

  /** Number of recursion steps, Nr in the paper. */
  public int recursionCount() {
    return recursion.count();
  }
}
