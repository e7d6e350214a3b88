package dev.mor4j.weights;

import dev.mor4j.ggml.Tensor;
import java.util.Optional;

/**
 * One stored block's tensors at one step. E embedding, Q query, K key and F feed-forward length.
 *
 * @param attnNorm F32 [E]
 * @param attnQ [E, Q]
 * @param attnK [E, K]
 * @param attnV [E, K]
 * @param attnOutput [Q, E]
 * @param ffnNorm F32 [E]
 * @param ffnGate [E, F]
 * @param ffnUp [E, F]
 * @param ffnDown [F, E]
 * @param ropeFactors F32 [half of the rotated values], divide the angles where there are any
 * @param recursionEncoding F32 [E], multiplies the block's output where there is one
 */
public record BlockWeights(
    Tensor attnNorm,
    Tensor attnQ,
    Tensor attnK,
    Tensor attnV,
    Tensor attnOutput,
    Tensor ffnNorm,
    Tensor ffnGate,
    Tensor ffnUp,
    Tensor ffnDown,
    Optional<Tensor> ropeFactors,
    Optional<Tensor> recursionEncoding) {}
