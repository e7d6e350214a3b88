package dev.mor4j.quantize;

import dev.mor4j.model.LayerRun;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.model.TensorId;
import dev.mor4j.model.TensorRole;

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

  /** The official name of a tensor outside of blocks. */
  String official(TensorId id) {
    return switch (id.role()) {
      case TOKEN_EMBEDDING -> "model.embed_tokens.weight";
      case OUTPUT_NORM -> "model.norm.weight";
      case OUTPUT -> "lm_head.weight";
      case ROUTER -> router(id) + "mor_router.router.weight";
      case ROUTER_UP -> router(id) + "mor_router.router.0.weight";
      case ROUTER_DOWN -> router(id) + "mor_router.router.2.weight";
      case AUX_ROUTER -> router(id) + "mlp_router.router.weight";
      case AUX_ROUTER_UP -> router(id) + "mlp_router.router.0.weight";
      case AUX_ROUTER_DOWN -> router(id) + "mlp_router.router.2.weight";
      case ROUTER_BIAS -> router(id) + "router_bias";
      case ROPE_FACTORS, RECURSION_ENCODING -> throw unknown(id.role());
      case ATTN_NORM, ATTN_Q, ATTN_K, ATTN_V, ATTN_OUTPUT -> throw unknown(id.role());
      case FFN_NORM, FFN_GATE, FFN_UP, FFN_DOWN -> throw unknown(id.role());
    };
  }

  /** The official name of a tensor in one execution of a stored block. */
  String official(TensorRole role, LayerRun run) {
    String layer = layer(run);
    if (role == TensorRole.RECURSION_ENCODING) {
      return layer + "recursion_encoding";
    }
    return layer + (isEncoded(run) ? "block." : "") + suffix(role);
  }

  private static String suffix(TensorRole role) {
    return switch (role) {
      case ATTN_NORM -> "input_layernorm.weight";
      case ATTN_Q -> "self_attn.q_proj.weight";
      case ATTN_K -> "self_attn.k_proj.weight";
      case ATTN_V -> "self_attn.v_proj.weight";
      case ATTN_OUTPUT -> "self_attn.o_proj.weight";
      case FFN_NORM -> "post_attention_layernorm.weight";
      case FFN_GATE -> "mlp.gate_proj.weight";
      case FFN_UP -> "mlp.up_proj.weight";
      case FFN_DOWN -> "mlp.down_proj.weight";
      case TOKEN_EMBEDDING, OUTPUT_NORM, OUTPUT, ROPE_FACTORS -> throw unknown(role);
      case RECURSION_ENCODING, ROUTER, ROUTER_UP, ROUTER_DOWN, ROUTER_BIAS -> throw unknown(role);
      case AUX_ROUTER, AUX_ROUTER_UP, AUX_ROUTER_DOWN -> throw unknown(role);
    };
  }

  private static IllegalArgumentException unknown(TensorRole role) {
    return new IllegalArgumentException("official checkpoints have no tensor " + role + " here");
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

  /** The module of a router: that of its step for expert choice, the only one for token choice. */
  private String router(TensorId id) {
    return config.routing().kind() == RoutingKind.TOKEN_CHOICE
        ? tokenModule()
        : "model.layers." + (firstShared() + id.step()) + ".";
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
}
