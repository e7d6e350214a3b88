package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import dev.mor4j.model.LayerRun;
import dev.mor4j.weights.BlockWeights;

/** One layer: attention and feed-forward, each behind a norm and beside a residual path. */
record TransformerBlock(Attention attention) {

  /**
   * Runs the layer for the rows that ask; all rows leave keys and values.
   *
   * @param input F32 [embd, rows]
   * @return F32 [embd, asking], the input included
   */
  Tensor forward(
      GraphBuilder graph,
      LayerRun run,
      BlockWeights weights,
      Tensor input,
      CacheAccess cache,
      AttentionInputs inputs,
      Look look) {
    TensorOps ops = graph.ops();
    String place = ".r" + run.step() + ".l" + run.block();
    Tensor normed = store(graph, run, weights, input, cache, inputs);
    Tensor asking = look.asking(ops, input); // F32 [embd, asking]
    Tensor attended =
        attention.attend(graph, weights, look.asking(ops, normed), cache.tensors(), look);
    Tensor withAttention = graph.named(ops.sum(attended, asking), "attn_out" + place);
    Tensor fed =
        FeedForward.forward(graph, weights, graph.rmsNorm(withAttention, weights.ffnNorm()));
    Tensor output = ops.sum(fed, withAttention);
    return graph.named(
        weights.recursionEncoding().map(encoding -> ops.multiply(output, encoding)).orElse(output),
        "block_out" + place);
  }

  /**
   * Stores keys and values, and no more.
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
    graph.enterStep(run.step());
    Tensor normed = graph.rmsNorm(input, weights.attnNorm()); // F32 [embd, rows]
    if (cache.writes()) {
      attention.store(graph, weights, normed, cache.tensors(), inputs);
    }
    return normed;
  }
}
