/**
 * The forward pass as ggml graphs, stage by stage. Shapes are in ggml's order, fastest first, after
 * the type: {@code F32 [embd, rows]}. {@code embd} is the embedding length, {@code rows} are tokens
 * of a batch that take the stage, {@code window} the cache slots that attention looks at.
 */
package dev.mor4j.graph;
