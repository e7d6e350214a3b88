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
   * Attends from the rows that ask to the slots that they may look at.
   *
   * @param input F32 [embd, asking], normalised
   * @param cache keys and values, those that the rows may look at among them
   * @return F32 [embd, asking]
   */
  Tensor attend(
      GraphBuilder graph, BlockWeights weights, Tensor input, KvTensors cache, Look look) {
    TensorOps ops = graph.ops();
    Tensor flat = graph.project(weights.attnQ(), input); // F32 [queryLength, asking]
    Tensor queries = rotate(ops, weights, flat, look.positions());
    Tensor attended = kernel.attend(ops, queries, cache, look.sight());
    Tensor joined = ops.reshape(attended, Shape.of(config.queryLength(), input.shape().size1()));
    return graph.project(weights.attnOutput(), joined); // F32 [embd, asking]
  }

  /**
   * Stores the rows' own keys and values; expanded at once, so that the look comes later.
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
    Tensor rotated =
        rotate(ops, weights, graph.project(weights.attnK(), input), inputs.positions());
    Tensor keys = ops.reshape(rotated, Shape.of(config.kvLength(), slots.shape().size0()));
    Tensor values = graph.project(weights.attnV(), input); // F32 [kvLength, rows]
    graph.expand(ops.setRows(cache.keys(), keys, slots));
    graph.expand(ops.setRows(cache.values(), values, slots));
  }

  /** F32 [keyLength * heads, rows] to F32 [keyLength, heads, rows], rotated by position. */
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
