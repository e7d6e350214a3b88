package dev.mor4j.weights;

import dev.mor4j.ggml.Tensor;
import java.util.Optional;

/**
 * The tensors of one stored block at one recursion step. E is the embedding length, Q the length of
 * the queries, K that of the keys, F the feed-forward length.
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
 * @param ropeFactors F32 [half of the rotated values], divide the rotary angles; empty in most
 *     models
 * @param recursionEncoding F32 [E], multiplies the block's output; empty in most models
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
