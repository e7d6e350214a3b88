/**
 * The forward pass as ggml graphs, one per stage: {@link dev.mor4j.graph.Stage.Prelude}, {@link
 * dev.mor4j.graph.Stage.SharedBlock} and {@link dev.mor4j.graph.Stage.Coda}. {@link
 * dev.mor4j.graph.StageRunner} runs them; a graph depends on its {@link dev.mor4j.graph.GraphShape}
 * only and is built once per shape.
 *
 * <p>Shapes are in ggml's order, fastest first, after the type: {@code F32 [embd, rows]}. {@code
 * embd} is the embedding length, {@code rows} are the tokens of a batch that take the stage, {@code
 * window} is the number of cache slots that a graph has room for in attention.
 *
 * <p><b>Node names.</b> Each tensor of a layer has a name of a kind and a place, such as {@code
 * attn_out.r2.l5}: recursion step 2, stored layer 5. Layers outside of the shared block, and all
 * layers of models that share none, are named by the layer only: {@code attn_out.l0}. Tensors of a
 * step as a whole end in the step: {@code step_in.r2}. Weights have the names of the file. Steps
 * that share a batch share a graph, which is named after the first of them; with an observer each
 * step has its own graph. {@link dev.mor4j.model.NodeObserver} lists all kinds in order of
 * computation, with the tensors they stand for. Results of stages, which the host reads by name,
 * follow the same scheme.
 *
 * <table>
 *   <caption>Shapes of the kinds</caption>
 *   <tr><th>kinds</th><th>shape</th></tr>
 *   <tr><td>{@code embedding}, {@code step_in}, {@code step_out}, {@code coda_in}, {@code
 *       attn_norm}, {@code attn_proj}, {@code attn_out}, {@code ffn_norm}, {@code ffn_down}, {@code
 *       ffn_out}, {@code block_out}</td><td>F32 [embd, rows]</td></tr>
 *   <tr><td>{@code attn_q}</td><td>F32 [keyLength * heads, rows]</td></tr>
 *   <tr><td>{@code attn_q_rope}, {@code attn_heads}</td><td>F32 [keyLength, heads, rows]</td></tr>
 *   <tr><td>{@code attn_k}, {@code attn_v}</td><td>F32 [keyLength * kvHeads, rows]</td></tr>
 *   <tr><td>{@code attn_k_rope}</td><td>F32 [keyLength, kvHeads, rows]</td></tr>
 *   <tr><td>{@code ffn_gate}, {@code ffn_up}, {@code ffn_swiglu}</td><td>F32 [feedForward,
 *       rows]</td></tr>
 *   <tr><td>{@code router_hidden}, {@code router_aux_hidden}</td><td>F32 [inner, rows]</td></tr>
 *   <tr><td>{@code router_logits}, {@code router_aux_logits}</td><td>F32 [1, rows], or [steps, rows]
 *       for token choice</td></tr>
 *   <tr><td>{@code output_norm}</td><td>F32 [embd, outputs]</td></tr>
 *   <tr><td>{@code logits}</td><td>F32 [vocabulary, heads]</td></tr>
 * </table>
 */
package dev.mor4j.graph;
