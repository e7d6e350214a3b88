package dev.mor4j.sampling;

import java.util.List;

/**
 * Picks the next token from logits. One sampler serves one sequence, on one thread at a time.
 * Random numbers come from SplitMix64, so the same seed gives the same tokens on every JDK.
 */
@FunctionalInterface
public interface Sampler {

  /** As {@link #of(SamplingOptions, SequenceBreakers, List)}, without breakers and custom rules. */
  static Sampler of(SamplingOptions options) {
    return of(options, SequenceBreakers.NONE, List.of());
  }

  /** As {@link #of(SamplingOptions, SequenceBreakers, List)}, without custom rules. */
  static Sampler of(SamplingOptions options, SequenceBreakers breakers) {
    return of(options, breakers, List.of());
  }

  /**
   * The sampler that options describe, with an application's rules; {@link SamplingRule} defines
   * the order in which rules run.
   *
   * @param breakers the texts of {@code options.dry().breakers()} as tokens; ignored if DRY is off
   * @param rules of the application, in their order
   * @throws IllegalArgumentException if a rule names a stage that the options leave out
   */
  static Sampler of(SamplingOptions options, SequenceBreakers breakers, List<CustomRule> rules) {
    return SamplerChain.of(options, breakers, rules);
  }

  /**
   * Whether this sampler always picks the most likely token, whatever the history. Such a pick does
   * not need all logits.
   */
  default boolean isGreedy() {
    return false;
  }

  /**
   * Picks the next token from logits that are part of a larger array.
   *
   * @param logits not changed and not kept
   * @param offset index of the logit of token 0
   * @param length size of the vocabulary
   * @param history the sequence so far, prompt included
   * @return the id of the token
   * @throws IllegalArgumentException if a logit is NaN or positive infinity, all are negative
   *     infinity, the logit bias or the filter names a token outside the vocabulary, or a rule
   *     excludes every token
   * @throws IndexOutOfBoundsException if the array does not contain that range
   */
  int sample(float[] logits, int offset, int length, TokenHistory history);

  /**
   * As {@link #sample(float[], int, int, TokenHistory)}, from an array with one logit for each
   * token of the vocabulary.
   */
  default int sample(float[] logits, TokenHistory history) {
    return sample(logits, 0, logits.length, history);
  }
}
