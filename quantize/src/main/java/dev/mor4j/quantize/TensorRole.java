package dev.mor4j.quantize;

import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.model.TensorNames;

/** What a tensor does in its model, as far as its type depends on it. */
enum TensorRole {
  /** Norms, routers, recursion encodings, vectors: small, and they steer everything. */
  KEPT,
  TOKEN_EMBEDDING,
  OUTPUT,
  ATTENTION_QUERY_OR_KEY,
  ATTENTION_VALUE,
  ATTENTION_OUTPUT,
  FEED_FORWARD_GATE_OR_UP,
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
    int word = name.lastIndexOf('.', name.length() - ".weight".length() - 1) + 1;
    return switch (name.substring(word, name.length() - ".weight".length())) {
      case "attn_q", "attn_k" -> ATTENTION_QUERY_OR_KEY;
      case "attn_v" -> ATTENTION_VALUE;
      case "attn_output" -> ATTENTION_OUTPUT;
      case "ffn_gate", "ffn_up" -> FEED_FORWARD_GATE_OR_UP;
      case "ffn_down" -> FEED_FORWARD_DOWN;
      default -> OTHER_MATRIX;
    };
  }

  private static boolean isSmall(String name) {
    return name.endsWith("_norm.weight")
        || name.endsWith(".recursion_encoding.weight")
        || name.startsWith("router.")
        || name.startsWith("router_aux.");
  }
}
