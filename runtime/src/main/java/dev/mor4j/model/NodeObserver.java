package dev.mor4j.model;

/**
 * Receives named tensors of the forward pass, for debugging and for comparison with another
 * implementation. Each tensor has one row per token that takes the stage.
 *
 * <p>Names consist of a kind and a place: {@code attn_out.r2.l5} belongs to recursion step 2 of
 * stored layer 5, {@code attn_out.l0} to a layer outside of the shared block, {@code
 * router_logits.r1} to a recursion step, and {@code logits} to the model as a whole. Kinds, in
 * order of computation:
 *
 * <ul>
 *   <li>prelude: {@code embedding};
 *   <li>each recursion step: {@code step_in}, its layers, and for expert choice {@code step_out}
 *       where a router follows;
 *   <li>each layer: {@code attn_norm}, {@code attn_k}, {@code attn_k_rope}, {@code attn_v}, {@code
 *       attn_q}, {@code attn_q_rope}, {@code attn_heads} (the heads' weighted values), {@code
 *       attn_proj} (their projection), {@code attn_out} (added to the layer's input), {@code
 *       ffn_norm}, {@code ffn_gate}, {@code ffn_up}, {@code ffn_swiglu}, {@code ffn_down}, {@code
 *       ffn_out} (added to {@code attn_out}; only in models with recursion encodings) and {@code
 *       block_out}. A layer that reads another step's keys and values has no {@code attn_k}, {@code
 *       attn_k_rope} and {@code attn_v};
 *   <li>routers: {@code router_hidden} (MLP routers), {@code router_logits}, {@code
 *       router_aux_hidden} and {@code router_aux_logits}, named by the step that they decide about;
 *   <li>coda: {@code coda_in}, its layer, {@code output_norm} and {@code logits}.
 * </ul>
 *
 * Where each layer is repeated in place, one run of the shared block holds all steps, and {@code
 * step_in.r0} is the input of that run. Names and shapes are a contract: later versions may add
 * kinds.
 *
 * <p>An engine with an observer computes all rows of all layers, runs each step by itself, and
 * keeps the observed tensors in memory, so it is slower. Called on the engine's thread; what an
 * observer throws ends the request.
 */
public interface NodeObserver {

  /** Whether to observe the tensor of that name. Asked when a graph is built. */
  boolean observes(String name);

  /**
   * Takes a tensor after a run. A request that is computed in chunks reports each name once per
   * chunk.
   *
   * @param name as given to {@link #observes}
   * @param positions for each row the token's position in its sequence
   * @param values F32, row after row; the caller's own copy
   */
  void observe(String name, int[] positions, float[] values);
}
