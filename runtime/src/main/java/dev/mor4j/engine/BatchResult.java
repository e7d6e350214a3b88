package dev.mor4j.engine;

/**
 * What one batch gave.
 *
 * @param logits of the rows wanted, row after row; until the next batch runs
 * @param depths recursion steps that each row took
 * @param scores router scores by step and row, NaN where none was evaluated; no steps without
 *     router
 */
record BatchResult(float[] logits, int[] depths, float[][] scores) {}
