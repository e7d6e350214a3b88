package dev.mor4j.graph;

import dev.mor4j.ggml.Rotation;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import dev.mor4j.gguf.Shape;
import dev.mor4j.kvcache.KvTensors;
import dev.mor4j.model.AttentionConfig;
import dev.mor4j.weights.BlockWeights;
import java.util.Objects;

/** Self-attention with rotary positions and grouped key and value heads. */
record Attention(AttentionConfig config, AttentionKernel kernel) {

  /**
   * Attends from the query rows to their visible slots.
   *
   * @param input F32 [embd, queries], normalised
   * @param cache keys and values of all slots
   * @return F32 [embd, queries]
   */
  Tensor attend(
      GraphBuilder graph, BlockWeights weights, Tensor input, KvTensors cache, QueryRows rows) {
    TensorOps ops = graph.ops();
    Tensor flat = graph.node("attn_q", graph.project(weights.attnQ(), input));
    Tensor queries = graph.node("attn_q_rope", rotate(ops, weights, flat, rows.positions()));
    Tensor heads = graph.node("attn_heads", kernel.attend(ops, queries, cache, rows.visibility()));
    Tensor joined = ops.reshape(heads, Shape.of(config.queryLength(), input.shape().size1()));
    return graph.node("attn_proj", graph.project(weights.attnOutput(), joined)); // [embd, queries]
  }

  /**
   * Stores the rows' own keys and values. Expands the graph at once, so that attention, which is
   * added later, reads them.
   *
   * @param input F32 [embd, rows], normalised
   */
  void store(
      GraphBuilder graph,
      BlockWeights weights,
      Tensor input,
      KvTensors cache,
      AttentionInputs inputs) {
    TensorOps ops = graph.ops();
    Tensor slots = Objects.requireNonNull(inputs.slots());
    Tensor flat = graph.node("attn_k", graph.project(weights.attnK(), input));
    Tensor rotated = graph.node("attn_k_rope", rotate(ops, weights, flat, inputs.positions()));
    Tensor keys = ops.reshape(rotated, Shape.of(config.kvLength(), slots.shape().size0()));
    Tensor values = graph.node("attn_v", graph.project(weights.attnV(), input)); // [kvLength, rows]
    graph.expand(ops.setRows(cache.keys(), keys, slots));
    graph.expand(ops.setRows(cache.values(), values, slots));
  }

  /** Rotates by position: F32 [keyLength * heads, rows] to F32 [keyLength, heads, rows]. */
  private Tensor rotate(TensorOps ops, BlockWeights weights, Tensor flat, Tensor positions) {
    long heads = flat.shape().size0() / config.keyLength();
    Tensor byHead = ops.reshape(flat, Shape.of(config.keyLength(), heads, flat.shape().size1()));
    Rotation rotation = new Rotation(config.ropeDimensionCount(), config.ropeFreqBase(), pairing());
    return weights.ropeFactors().isPresent()
        ? ops.rope(byHead, positions, weights.ropeFactors().get(), rotation)
        : ops.rope(byHead, positions, rotation);
  }

  private Rotation.Pairing pairing() {
    return switch (config.ropePairing()) {
      case SPLIT_HALVES -> Rotation.Pairing.SPLIT_HALVES;
      case ADJACENT -> Rotation.Pairing.ADJACENT;
    };
  }
}
