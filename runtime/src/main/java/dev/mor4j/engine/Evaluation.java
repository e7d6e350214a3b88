package dev.mor4j.engine;

/**
 * The results of one sequence of T tokens.
 *
 * @param logits F32 [vocabulary, T]
 * @param depths recursion depth of each token, 0 up to the model's recursion count
 * @param routerScores by step, then by token: outputs of the router after the activation, NaN where
 *     the router was not evaluated; no steps in models without a router
 */
public record Evaluation(float[] logits, int[] depths, float[][] routerScores) {}
