package dev.mor4j.engine;

/**
 * What one batch gave.
 *
 * @param logits of the rows wanted, row after row
 * @param depths recursion steps that each row took
 * @param scores router scores by step and row, NaN where none was evaluated; no steps without
 *     router
 */
record BatchResult(float[] logits, int[] depths, float[][] scores) {}
