package dev.mor4j.sampling;

/**
 * The log-probability that the model assigned to a token, before any sampling rule.
 *
 * @param token token id
 * @param logProbability natural logarithm of its softmax probability
 */
public record TokenLogProbability(int token, float logProbability) {}
