package dev.mor4j.kvcache;

import dev.mor4j.ggml.Tensor;

/**
 * The keys and values of one layer, one column for each slot.
 *
 * @param keys [kvLength, slots], of one of {@link KvTypes#ALLOWED}
 * @param values [kvLength, slots], of one of {@link KvTypes#ALLOWED}
 */
public record KvTensors(Tensor keys, Tensor values) {}
