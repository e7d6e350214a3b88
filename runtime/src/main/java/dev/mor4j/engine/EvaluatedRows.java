package dev.mor4j.engine;

/**
 * The results of N consecutive tokens of one sequence, the last L of which have logits. The arrays
 * are valid until the reader returns.
 *
 * @param firstPosition position of the first token in the sequence, from 0
 * @param firstOutput position of the first token with logits; {@code firstPosition + N} if there
 *     are no logits
 * @param logits F32 [vocabulary, L]
 * @param depths recursion depth of each of the N tokens
 * @param routerScores by step, then by token, as in {@link Evaluation#routerScores}; NaN for tokens
 *     without logits that were taken over from another sequence with the same prefix
 */
public record EvaluatedRows(
    int firstPosition, int firstOutput, float[] logits, int[] depths, float[][] routerScores) {}
