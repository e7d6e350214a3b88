package dev.mor4j.quantize;

import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.TensorNames;
import dev.mor4j.model.TensorNames.BlockTensor;
import dev.mor4j.model.TensorNames.RouterRole;
import dev.mor4j.model.TensorNames.RouterTensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The tensors of a model with linear routers whose steps share all other weights and whose head is
 * its token embedding: names and shapes as models/GGUF.md has them.
 */
final class ModelTensors {
  private final MorConfig config;
  private final List<GgufTensorInfo> tensors = new ArrayList<>();

  private ModelTensors(MorConfig config) {
    this.config = config;
  }

  /** All tensors as F32, in the order of the file; offsets mean nothing. */
  static List<GgufTensorInfo> of(MorConfig config) {
    ModelTensors model = new ModelTensors(config);
    model.add(TensorNames.TOKEN_EMBEDDING, config.embeddingLength(), config.vocabularySize());
    model.add(TensorNames.OUTPUT_NORM, config.embeddingLength());
    for (int block = 0; block < config.recursion().storedBlockCount(); block++) {
      model.addBlock(block);
    }
    model.addRouters();
    return List.copyOf(model.tensors);
  }

  private void add(String name, long... sizes) {
    Shape shape = Shape.of(sizes);
    long bytes = Math.multiplyExact(Float.BYTES, shape.valueCount());
    tensors.add(new GgufTensorInfo(name, TensorType.F32, shape, sizes.length, 0, bytes));
  }

  private void addBlock(int block) {
    int embedding = config.embeddingLength();
    int queries = config.attention().queryLength();
    int keys = config.attention().kvLength();
    int feedForward = config.feedForwardLength();
    for (BlockTensor tensor : BlockTensor.values()) {
      String name = TensorNames.block(block, tensor);
      switch (tensor) {
        case ATTN_NORM, FFN_NORM -> add(name, embedding);
        case ATTN_Q -> add(name, embedding, queries);
        case ATTN_K, ATTN_V -> add(name, embedding, keys);
        case ATTN_OUTPUT -> add(name, queries, embedding);
        case FFN_GATE, FFN_UP -> add(name, embedding, feedForward);
        case FFN_DOWN -> add(name, feedForward, embedding);
        case RECURSION_ENCODING -> {} // most models have none
      }
    }
  }

  private void addRouters() {
    int embedding = config.embeddingLength();
    int steps = config.recursionCount();
    switch (config.routing().kind()) {
      case NONE -> {}
      case EXPERT_CHOICE -> {
        for (int step = 0; step < steps; step++) {
          add(TensorNames.stepRouter(RouterRole.MAIN, step, RouterTensor.LINEAR), embedding);
        }
      }
      case TOKEN_CHOICE -> add(TensorNames.tokenRouter(RouterTensor.LINEAR), embedding, steps);
    }
  }
}
