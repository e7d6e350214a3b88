package dev.mor4j.kvcache;

import dev.mor4j.ggml.Tensor;

/**
 * Keys and values of one layer.
 *
 * @param keys [kvLength, slots]
 * @param values [kvLength, slots]
 */
public record KvTensors(Tensor keys, Tensor values) {}
