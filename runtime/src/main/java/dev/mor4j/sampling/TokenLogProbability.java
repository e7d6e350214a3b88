package dev.mor4j.sampling;

/**
 * How likely the model held a token, before any sampling rule.
 *
 * @param token its id
 * @param logProbability natural logarithm of its softmax probability
 */
public record TokenLogProbability(int token, float logProbability) {}
