package dev.mor4j.sampling;

/** Picks the next token. One sampler serves one sequence, on one thread at a time. */
public interface Sampler {

  /** The sampler that {@code options} describe; the same seed gives the same tokens. */
  static Sampler of(SamplingOptions options) {
    return SamplerChain.of(options);
  }

  /**
   * The next token's id.
   *
   * @param logits one per token of the vocabulary; left as they are, and not kept
   * @param history the sequence so far, prompt included
   * @throws IllegalArgumentException if a logit is NaN or positive infinity, or all are negative
   *     infinity
   */
  int sample(float[] logits, TokenHistory history);
}
