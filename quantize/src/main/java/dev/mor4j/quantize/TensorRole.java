package dev.mor4j.quantize;

import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.model.TensorNames;

/** What a tensor does in its model, as far as its type depends on it. */
enum TensorRole {
  /** Norms, routers, recursion encodings, vectors: small, and they steer everything. */
  KEPT,
  TOKEN_EMBEDDING,
  OUTPUT,
  ATTENTION_VALUE,
  ATTENTION_OUTPUT,
  FEED_FORWARD_DOWN,
  OTHER_MATRIX;

  static TensorRole of(GgufTensorInfo tensor) {
    String name = tensor.name();
    if (tensor.shape().dimensionCount() < 2 || !name.endsWith(".weight") || isSmall(name)) {
      return KEPT;
    }
    if (name.equals(TensorNames.TOKEN_EMBEDDING)) {
      return TOKEN_EMBEDDING;
    }
    if (name.equals(TensorNames.OUTPUT)) {
      return OUTPUT;
    }
    if (name.endsWith(".attn_v.weight")) {
      return ATTENTION_VALUE;
    }
    if (name.endsWith(".attn_output.weight")) {
      return ATTENTION_OUTPUT;
    }
    return name.endsWith(".ffn_down.weight") ? FEED_FORWARD_DOWN : OTHER_MATRIX;
  }

  private static boolean isSmall(String name) {
    return name.endsWith("_norm.weight")
        || name.endsWith(".recursion_encoding.weight")
        || name.startsWith("router.")
        || name.startsWith("router_aux.");
  }
}
