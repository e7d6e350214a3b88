package dev.mor4j.placement;

import dev.mor4j.ggml.Device;

/**
 * Operations of one kind that run on another device than the one that holds their operands. The
 * results are correct, but the operands are copied at each run.
 *
 * @param part the part of the model whose graph contains them
 * @param operation ggml's name of the operation, such as {@code ROPE}
 * @param count maximum number of them in one graph
 * @param home the device that holds their operands
 * @param found the device that runs them
 */
public record Fallback(Part part, String operation, int count, Device home, Device found) {}
