package dev.mor4j.model;

/**
 * Sizes and constants of self-attention.
 *
 * @param headCount query heads
 * @param kvHeadCount key and value heads, a divisor of {@code headCount}
 * @param keyLength values per head, even, the same for queries, keys and values
 * @param layerNormRmsEpsilon added to the mean square in every RMS norm of the model
 * @param ropeFreqBase base of the rotary frequencies
 * @param ropeDimensionCount number of leading values of each head that are rotated, in pairs
 * @param ropePairing which values form a pair
 */
public record AttentionConfig(
    int headCount,
    int kvHeadCount,
    int keyLength,
    float layerNormRmsEpsilon,
    float ropeFreqBase,
    int ropeDimensionCount,
    RopePairing ropePairing) {

  public AttentionConfig {
    Checks.range(MetadataKeys.HEAD_COUNT, headCount, 1, 4096);
    Checks.range(MetadataKeys.HEAD_COUNT_KV, kvHeadCount, 1, headCount);
    Checks.range(MetadataKeys.KEY_LENGTH, keyLength, 2, 65_536);
    Checks.that(
        headCount % kvHeadCount == 0,
        MetadataKeys.HEAD_COUNT_KV,
        "a divisor of head_count " + headCount,
        kvHeadCount);
    Checks.that(keyLength % 2 == 0, MetadataKeys.KEY_LENGTH, "an even number", keyLength);
    Checks.that(
        layerNormRmsEpsilon > 0 && layerNormRmsEpsilon < 1,
        MetadataKeys.RMS_EPSILON,
        "more than 0 and less than 1",
        layerNormRmsEpsilon);
    Checks.that(
        ropeFreqBase > 0 && Float.isFinite(ropeFreqBase),
        MetadataKeys.ROPE_FREQ_BASE,
        "a positive number",
        ropeFreqBase);
    Checks.range(MetadataKeys.ROPE_DIMENSION_COUNT, ropeDimensionCount, 2, keyLength);
    Checks.that(
        ropeDimensionCount % 2 == 0,
        MetadataKeys.ROPE_DIMENSION_COUNT,
        "an even number",
        ropeDimensionCount);
  }

  /** Attention with {@link RopePairing#SPLIT_HALVES}, as in the architecture {@code mor}. */
  public AttentionConfig(
      int headCount,
      int kvHeadCount,
      int keyLength,
      float layerNormRmsEpsilon,
      float ropeFreqBase,
      int ropeDimensionCount) {
    this(
        headCount,
        kvHeadCount,
        keyLength,
        layerNormRmsEpsilon,
        ropeFreqBase,
        ropeDimensionCount,
        RopePairing.SPLIT_HALVES);
  }

  /** Values of one token's queries in one layer. */
  public int queryLength() {
    return headCount * keyLength;
  }

  /** Values of one token's keys in one layer, and also of its values. */
  public int kvLength() {
    return kvHeadCount * keyLength;
  }
}
