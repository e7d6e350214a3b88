package dev.mor4j.sampling;

/**
 * A rule that changes no logit and never removes the most likely token. A greedy pick right after
 * such a rule gives the same token without it.
 */
sealed interface LikeliestKeeping extends SamplingRule permits MinP, TopK, TopNSigma, TopP {}
