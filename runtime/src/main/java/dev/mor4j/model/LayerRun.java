package dev.mor4j.model;

/**
 * One execution of a stored block.
 *
 * @param block index of the stored block
 * @param step the recursion step whose tensors and K/V it uses, 0 outside the shared block
 */
public record LayerRun(int block, int step) {}
