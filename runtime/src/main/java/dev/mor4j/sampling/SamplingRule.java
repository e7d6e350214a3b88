package dev.mor4j.sampling;

/** One step of a {@link SamplerChain}: removes candidates or changes their logits. */
interface SamplingRule {

  /** Changes {@code candidates}; at least one must stay. */
  void apply(Candidates candidates, TokenHistory history);
}
