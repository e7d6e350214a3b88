package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import dev.mor4j.model.LayerRun;
import dev.mor4j.weights.BlockWeights;

/** One layer: attention and feed-forward, each behind a norm and beside a residual path. */
record TransformerBlock(Attention attention) {

  /**
   * Runs the layer.
   *
   * @param input F32 [embd, rows]
   * @return F32 [embd, rows], the input included
   */
  Tensor forward(
      GraphBuilder graph,
      LayerRun run,
      BlockWeights weights,
      Tensor input,
      CacheAccess cache,
      AttentionInputs inputs) {
    TensorOps ops = graph.ops();
    graph.enterStep(run.step());
    String place = ".r" + run.step() + ".l" + run.block();
    Tensor normed = graph.rmsNorm(input, weights.attnNorm());
    Tensor attended = attention.forward(graph, weights, normed, cache, inputs);
    Tensor withAttention = graph.named(ops.sum(attended, input), "attn_out" + place);
    Tensor fed =
        FeedForward.forward(graph, weights, graph.rmsNorm(withAttention, weights.ffnNorm()));
    Tensor output = ops.sum(fed, withAttention);
    return graph.named(
        weights.recursionEncoding().map(encoding -> ops.multiply(output, encoding)).orElse(output),
        "block_out" + place);
  }
}
