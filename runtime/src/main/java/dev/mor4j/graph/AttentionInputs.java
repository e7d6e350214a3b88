package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Inputs with which rows store keys and values, the same for all layers of a stage.
 *
 * @param positions I32 [rows]
 * @param slots I32 [rows], the slots to write; null if no layer of the stage stores keys and values
 */
record AttentionInputs(Tensor positions, @Nullable Tensor slots) {}
