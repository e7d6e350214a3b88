package dev.mor4j.batch;

/**
 * Tokens of one sequence that enter together.
 *
 * @param count 1 or more
 */
record Entry(Sequence sequence, int count) {}
