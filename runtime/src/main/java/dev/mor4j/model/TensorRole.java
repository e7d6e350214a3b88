package dev.mor4j.model;

/**
 * What a tensor does in its model. {@link TensorId#name} makes its name in a GGUF file of the role
 * and, where there are several tensors of one role, their block and step.
 */
public enum TensorRole {
  /** One row for each token id. */
  TOKEN_EMBEDDING(Scope.MODEL, "token_embd.weight", Storage.ANY_TYPE),
  /** RMS norm between the last layer and the head. */
  OUTPUT_NORM(Scope.MODEL, "output_norm.weight", Storage.EXACT),
  /** The head; absent where the token embedding is used for it. */
  OUTPUT(Scope.MODEL, "output.weight", Storage.ANY_TYPE),
  /** Divides the angle of each pair of the rotary embedding; most models have none. */
  ROPE_FACTORS(Scope.MODEL, "rope_freqs.weight", Storage.EXACT),

  ATTN_NORM(Scope.BLOCK, "attn_norm.weight", Storage.EXACT),
  ATTN_Q(Scope.BLOCK, "attn_q.weight", Storage.ANY_TYPE),
  ATTN_K(Scope.BLOCK, "attn_k.weight", Storage.ANY_TYPE),
  ATTN_V(Scope.BLOCK, "attn_v.weight", Storage.ANY_TYPE),
  ATTN_OUTPUT(Scope.BLOCK, "attn_output.weight", Storage.ANY_TYPE),
  FFN_NORM(Scope.BLOCK, "ffn_norm.weight", Storage.EXACT),
  FFN_GATE(Scope.BLOCK, "ffn_gate.weight", Storage.ANY_TYPE),
  FFN_UP(Scope.BLOCK, "ffn_up.weight", Storage.ANY_TYPE),
  FFN_DOWN(Scope.BLOCK, "ffn_down.weight", Storage.ANY_TYPE),
  /** Multiplies the block's output value by value; most models have none. */
  RECURSION_ENCODING(Scope.BLOCK, "recursion_encoding.weight", Storage.EXACT),

  /** The matrix of a linear router. Its score makes the gate. */
  ROUTER(Scope.ROUTER, "router.weight", Storage.EXACT),
  /** First matrix of an MLP router. */
  ROUTER_UP(Scope.ROUTER, "router.up.weight", Storage.EXACT),
  /** Second matrix of an MLP router. */
  ROUTER_DOWN(Scope.ROUTER, "router.down.weight", Storage.EXACT),
  /** Token choice: added to the scores before the argmax. */
  ROUTER_BIAS(Scope.ROUTER, "router.bias", Storage.EXACT),
  /** The matrix of a linear auxiliary router, which decides but does not make the gate. */
  AUX_ROUTER(Scope.ROUTER, "router_aux.weight", Storage.EXACT),
  /** First matrix of an auxiliary MLP router. */
  AUX_ROUTER_UP(Scope.ROUTER, "router_aux.up.weight", Storage.EXACT),
  /** Second matrix of an auxiliary MLP router. */
  AUX_ROUTER_DOWN(Scope.ROUTER, "router_aux.down.weight", Storage.EXACT);

  /** How often a model has a tensor of a role. */
  public enum Scope {
    /** Once. */
    MODEL,
    /** In every stored block, and where the recursion steps differ once for each step. */
    BLOCK,
    /** Once, or once for each recursion step. */
    ROUTER
  }

  /** Which types a file may store a tensor in. */
  private enum Storage {
    /** Any type for weights, quantized ones included. */
    ANY_TYPE,
    /** F32: small, and errors in it do great harm. */
    EXACT
  }

  private final Scope scope;
  private final String word;
  private final Storage storage;

  TensorRole(Scope scope, String word, Storage storage) {
    this.scope = scope;
    this.word = word;
    this.storage = storage;
  }

  /** How often a model has such a tensor. */
  public Scope scope() {
    return scope;
  }

  /** The name without block and step, such as {@code attn_q.weight} or {@code router.weight}. */
  public String word() {
    return word;
  }

  /**
   * Whether it is a weight matrix, which may be stored in any type that holds weights. All other
   * tensors are F32.
   */
  public boolean isMatrix() {
    return storage == Storage.ANY_TYPE;
  }
}
