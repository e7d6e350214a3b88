package dev.mor4j.engine;

/**
 * The numbers of consecutive tokens of one sequence, N tokens of which the last L have logits.
 * Arrays are the reader's until its method returns, and must not be kept.
 *
 * @param firstPosition where in the sequence, from 0
 * @param firstOutput position of the first token with logits; N past {@code firstPosition} if none
 *     has
 * @param logits vocabulary values a token, token after token, L x V in all
 * @param depths recursion steps that each of the N tokens took
 * @param routerScores by step, then by token, as {@link Evaluation#routerScores}; NaN for tokens
 *     without logits that were taken over from a sequence that began alike
 */
public record EvaluatedRows(
    int firstPosition, int firstOutput, float[] logits, int[] depths, float[][] routerScores) {}
