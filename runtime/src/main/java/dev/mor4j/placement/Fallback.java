package dev.mor4j.placement;

import dev.mor4j.ggml.Device;

/**
 * Operations of one kind that run elsewhere than where what they work on lives: correct, but their
 * operands are copied at each run.
 *
 * @param part of the model whose graph they are in
 * @param operation in ggml's words, such as {@code ROPE}
 * @param count the most of them in one graph
 * @param home the device that they should run on
 * @param found the one that runs them
 */
public record Fallback(Part part, String operation, int count, Device home, Device found) {}
