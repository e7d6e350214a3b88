package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import dev.mor4j.model.LayerRun;
import dev.mor4j.weights.BlockWeights;

/** One layer: attention and feed-forward, each with a norm before it and a residual connection. */
record TransformerBlock(Attention attention) {

  /**
   * Runs the layer. All rows store keys and values; the rest is computed for the query rows only.
   *
   * @param input F32 [embd, rows]
   * @return F32 [embd, queries], the input added
   */
  Tensor forward(
      GraphBuilder graph,
      LayerRun run,
      BlockWeights weights,
      Tensor input,
      CacheAccess cache,
      AttentionInputs inputs,
      QueryRows queries) {
    TensorOps ops = graph.ops();
    Tensor normed = store(graph, run, weights, input, cache, inputs); // F32 [embd, rows]
    Tensor residual = queries.of(ops, input); // F32 [embd, queries]
    Tensor attended =
        attention.attend(graph, weights, queries.of(ops, normed), cache.tensors(), queries);
    Tensor middle = graph.node("attn_out", ops.sum(attended, residual)); // F32 [embd, queries]
    Tensor fedNormed = graph.node("ffn_norm", graph.rmsNorm(middle, weights.ffnNorm()));
    Tensor fed = FeedForward.forward(graph, weights, fedNormed); // F32 [embd, queries]
    Tensor output = ops.sum(fed, middle); // F32 [embd, queries]
    if (weights.recursionEncoding().isEmpty()) {
      return graph.node("block_out", output);
    }
    Tensor encoding = weights.recursionEncoding().get(); // F32 [embd]
    return graph.node("block_out", ops.multiply(graph.node("ffn_out", output), encoding));
  }

  /**
   * Stores keys and values, and does nothing else.
   *
   * @param input F32 [embd, rows]
   * @return F32 [embd, rows], normalised for attention
   */
  Tensor store(
      GraphBuilder graph,
      LayerRun run,
      BlockWeights weights,
      Tensor input,
      CacheAccess cache,
      AttentionInputs inputs) {
    graph.enterLayer(run);
    Tensor normed = graph.node("attn_norm", graph.rmsNorm(input, weights.attnNorm()));
    if (cache.writes()) {
      attention.store(graph, weights, normed, cache.tensors(), inputs);
    }
    return normed;
  }
}
