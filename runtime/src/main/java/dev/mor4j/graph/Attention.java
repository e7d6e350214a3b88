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
   * Attends from each row to the slots that its mask shows.
   *
   * @param input F32 [embd, rows], normalised
   * @param cache keys and values, those that the rows may look at among them
   * @return F32 [embd, rows]
   */
  Tensor forward(
      GraphBuilder graph,
      BlockWeights weights,
      Tensor input,
      CacheAccess cache,
      AttentionInputs inputs) {
    TensorOps ops = graph.ops();
    long rows = input.shape().size1();
    if (cache.writes()) {
      store(graph, weights, input, cache.tensors(), inputs);
    }
    Tensor queries = rotate(ops, weights, graph.project(weights.attnQ(), input), inputs);
    Tensor attended = kernel.attend(ops, queries, cache.tensors(), inputs.sight());
    Tensor joined = ops.reshape(attended, Shape.of(config.queryLength(), rows));
    return graph.project(weights.attnOutput(), joined); // F32 [embd, rows]
  }

  /** Stores the rows' own keys and values; expanded at once, so that the look comes later. */
  private void store(
      GraphBuilder graph,
      BlockWeights weights,
      Tensor input,
      KvTensors cache,
      AttentionInputs inputs) {
    TensorOps ops = graph.ops();
    Tensor slots = Objects.requireNonNull(inputs.slots());
    Tensor rotated = rotate(ops, weights, graph.project(weights.attnK(), input), inputs);
    Tensor keys = ops.reshape(rotated, Shape.of(config.kvLength(), slots.shape().size0()));
    Tensor values = graph.project(weights.attnV(), input); // F32 [kvLength, rows]
    graph.expand(ops.setRows(cache.keys(), keys, slots));
    graph.expand(ops.setRows(cache.values(), values, slots));
  }

  /** F32 [keyLength * heads, rows] to F32 [keyLength, heads, rows], rotated by position. */
  private Tensor rotate(TensorOps ops, BlockWeights weights, Tensor flat, AttentionInputs inputs) {
    long heads = flat.shape().size0() / config.keyLength();
    Tensor byHead = ops.reshape(flat, Shape.of(config.keyLength(), heads, flat.shape().size1()));
    Rotation rotation = new Rotation(config.ropeDimensionCount(), config.ropeFreqBase(), pairing());
    return weights.ropeFactors().isPresent()
        ? ops.rope(byHead, inputs.positions(), weights.ropeFactors().get(), rotation)
        : ops.rope(byHead, inputs.positions(), rotation);
  }

  private Rotation.Pairing pairing() {
    return switch (config.ropePairing()) {
      case SPLIT_HALVES -> Rotation.Pairing.SPLIT_HALVES;
      case ADJACENT -> Rotation.Pairing.ADJACENT;
    };
  }
}
