package dev.mor4j.graph;

import dev.mor4j.ggml.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What attention needs to store keys and values, the same for all layers of a stage.
 *
 * @param positions I32 [rows]
 * @param slots I32 [rows], where to store; null if no layer of the stage stores any
 */
record AttentionInputs(Tensor positions, @Nullable Tensor slots) {}
