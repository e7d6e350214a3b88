package dev.mor4j.quantize;

import dev.mor4j.model.LayerRun;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.model.TensorNames.BlockTensor;
import dev.mor4j.model.TensorNames.RouterRole;
import dev.mor4j.model.TensorNames.RouterTensor;

/**
 * The names under which official checkpoints list a model's tensors.
 *
 * <p>Source: the modules of the official training code: {@code MoRLlamaDecoderLayer} for either
 * kind of routing, and the wrapper of layers with a recursion encoding.
 *
 * @param bareTokenModule see {@link NameSurvey}
 * @param hasRouterBias whether token choice has a bias
 * @param hasEncodings whether the model has recursion encodings
 */
record NameMapping(
    MorConfig config, boolean bareTokenModule, boolean hasRouterBias, boolean hasEncodings) {

  /** The word for a tensor in the GGUF file, without block and step. */
  static String label(BlockTensor tensor) {
    return switch (tensor) {
      case ATTN_NORM -> "attn_norm";
      case ATTN_Q -> "attn_q";
      case ATTN_K -> "attn_k";
      case ATTN_V -> "attn_v";
      case ATTN_OUTPUT -> "attn_output";
      case FFN_NORM -> "ffn_norm";
      case FFN_GATE -> "ffn_gate";
      case FFN_UP -> "ffn_up";
      case FFN_DOWN -> "ffn_down";
      case RECURSION_ENCODING -> "recursion_encoding";
    };
  }

  /** The official name of a tensor in one execution of a stored block. */
  String blockTensor(LayerRun run, BlockTensor tensor) {
    String layer = layer(run);
    if (tensor == BlockTensor.RECURSION_ENCODING) {
      return layer + "recursion_encoding";
    }
    return layer + (isEncoded(run) ? "block." : "") + suffix(tensor);
  }

  private static String suffix(BlockTensor tensor) {
    return switch (tensor) {
      case ATTN_NORM -> "input_layernorm.weight";
      case ATTN_Q -> "self_attn.q_proj.weight";
      case ATTN_K -> "self_attn.k_proj.weight";
      case ATTN_V -> "self_attn.v_proj.weight";
      case ATTN_OUTPUT -> "self_attn.o_proj.weight";
      case FFN_NORM -> "post_attention_layernorm.weight";
      case FFN_GATE -> "mlp.gate_proj.weight";
      case FFN_UP -> "mlp.up_proj.weight";
      case FFN_DOWN -> "mlp.down_proj.weight";
      case RECURSION_ENCODING -> "recursion_encoding";
    };
  }

  private String layer(LayerRun run) {
    int first = firstShared();
    int inBlock = run.block() - first;
    boolean prelude = inBlock < 0;
    boolean coda = inBlock >= config.recursion().blockLength();
    if (prelude) {
      return "model.layers.0.";
    }
    return switch (config.routing().kind()) {
      case NONE -> "model.layers." + unrolled(run, inBlock, coda) + ".";
      case EXPERT_CHOICE ->
          coda
              ? "model.layers." + (first + config.recursionCount()) + "."
              : "model.layers." + (first + run.step()) + ".block." + inBlock + ".";
      case TOKEN_CHOICE ->
          coda
              ? "model.layers." + (first + 1) + "."
              : tokenModule() + "block_list." + run.step() + "." + inBlock + ".";
    };
  }

  private int firstShared() {
    return config.recursion().sharing().hasUnsharedEnds() ? 1 : 0;
  }

  private int unrolled(LayerRun run, int inBlock, boolean coda) {
    int length = config.recursion().blockLength();
    int count = config.recursionCount();
    if (coda) {
      return firstShared() + length * count;
    }
    return firstShared()
        + (config.recursion().sharing().repeatsEachLayer()
            ? inBlock * count + run.step()
            : run.step() * length + inBlock);
  }

  private String tokenModule() {
    return bareTokenModule ? "model.layers." : "model.layers." + firstShared() + ".";
  }

  /**
   * Whether this execution's output is scaled by an encoding of its step: every layer of a pattern
   * that repeats layers in place, the last layer of each step otherwise, never an unshared end.
   */
  boolean isEncoded(LayerRun run) {
    if (!hasEncodings) {
      return false;
    }
    int inBlock = run.block() - firstShared();
    int length = config.recursion().blockLength();
    if (inBlock < 0 || inBlock >= length) {
      return false;
    }
    SharingPattern sharing = config.recursion().sharing();
    return sharing.repeatsEachLayer() || inBlock == length - 1;
  }

  /** The official name of a router's matrix; {@code step} counts for expert choice only. */
  String routerTensor(RouterRole role, int step, RouterTensor tensor) {
    String module =
        config.routing().kind() == RoutingKind.TOKEN_CHOICE
            ? tokenModule()
            : "model.layers." + (firstShared() + step) + ".";
    String router =
        switch (role) {
          case MAIN -> "mor_router.router.";
          case AUXILIARY -> "mlp_router.router.";
        };
    return module
        + router
        + switch (tensor) {
          case LINEAR -> "weight";
          case UP -> "0.weight";
          case DOWN -> "2.weight";
        };
  }

  String routerBias() {
    return tokenModule() + "router_bias";
  }
}
