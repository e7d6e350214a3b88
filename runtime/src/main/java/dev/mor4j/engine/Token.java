package dev.mor4j.engine;

/**
 * One generated token.
 *
 * @param id its number in the vocabulary
 * @param text the text that became certain with it: never half a character, sometimes empty
 * @param depth recursion steps that were spent to choose it: those that the position before it took
 * @param logProbability natural logarithm of its probability under the model, before any sampling
 *     rule
 */
public record Token(int id, String text, int depth, float logProbability) {}
