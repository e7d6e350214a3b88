package dev.mor4j.sampling;

import java.util.Optional;

/**
 * Picks the next token. One sampler serves one sequence, on one thread at a time; random numbers
 * come from SplitMix64, so the same seed picks the same tokens on every JDK.
 */
@FunctionalInterface
public interface Sampler {

  /** {@link #of(SamplingOptions, SequenceBreakers)} without sequence breakers. */
  static Sampler of(SamplingOptions options) {
    return of(options, SequenceBreakers.NONE);
  }

  /**
   * The sampler that {@code options} describe; the same seed gives the same tokens.
   *
   * @param breakers those of {@code options.dry()} in tokens, which only matter if that is on
   */
  static Sampler of(SamplingOptions options, SequenceBreakers breakers) {
    return SamplerChain.of(options, breakers, Optional.empty());
  }

  /**
   * As {@link #of(SamplingOptions, SequenceBreakers)}, for tokens that a filter allows.
   *
   * @param filter of the one sequence that the sampler serves; asked after the logit bias, before
   *     all other rules
   */
  static Sampler of(SamplingOptions options, SequenceBreakers breakers, TokenFilter filter) {
    return SamplerChain.of(options, breakers, Optional.of(filter));
  }

  /** Whether it picks the likeliest token, whatever the history is: it need not see all logits. */
  default boolean isGreedy() {
    return false;
  }

  /**
   * The next token's id, from logits that stand somewhere in an array.
   *
   * @param logits left as they are, and not kept
   * @param offset where the logit of token 0 stands
   * @param length tokens of the vocabulary
   * @param history the sequence so far, prompt included
   * @throws IllegalArgumentException if a logit is NaN or positive infinity, all are negative
   *     infinity, or the logit bias or the filter names a token outside the vocabulary or forbids
   *     every token
   * @throws IndexOutOfBoundsException if the array does not hold that many
   */
  int sample(float[] logits, int offset, int length, TokenHistory history);

  /**
   * The next token's id.
   *
   * @param logits one per token of the vocabulary; left as they are, and not kept
   * @param history the sequence so far, prompt included
   * @throws IllegalArgumentException as the other method does
   */
  default int sample(float[] logits, TokenHistory history) {
    return sample(logits, 0, logits.length, history);
  }
}
