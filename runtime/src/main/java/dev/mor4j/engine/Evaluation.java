package dev.mor4j.engine;

/**
 * The numbers of one sequence of T tokens.
 *
 * @param logits vocabulary values a token, token after token, T x V in all
 * @param depths recursion steps that each token took, 0 up to the model's recursion count
 * @param routerScores by step, then by token: after the activation, NaN where not evaluated; no
 *     steps in models without a router
 */
public record Evaluation(float[] logits, int[] depths, float[][] routerScores) {}
