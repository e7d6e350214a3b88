package dev.mor4j.sampling;

/** One step of a {@link SamplerChain}: removes candidates or changes their logits. */
interface SamplingRule {

  /** Changes {@code candidates}; at least one that can be picked must stay. */
  void apply(Candidates candidates, TokenHistory history);

  /** Whether the rule changes no logit and never removes the most likely token. */
  default boolean keepsLikeliest() {
    return false;
  }
}
