package dev.mor4j.batch;

/**
 * The tokens of one sequence that the scheduler lets enter in this turn.
 *
 * @param count 1 or more
 */
record ScheduledTokens(Sequence sequence, int count) {}
