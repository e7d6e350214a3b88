package dev.mor4j.sampling;

import java.util.BitSet;
import java.util.List;

/**
 * Restricts the tokens that may come next in one text, for grammars and similar constraints. A
 * filter is a special {@link SamplingRule}: it runs right after the logit bias, sees token ids
 * only, and sees the whole vocabulary each time.
 */
@FunctionalInterface
public interface TokenFilter {
  /**
   * Narrows the set of allowed tokens. Called once for each generated token on the engine's thread,
   * so all sequences of the engine wait for it: it must be fast and must not block. An exception
   * ends the filter's own text and no other.
   *
   * @param written ids of the tokens generated so far, without the prompt; a view that is valid
   *     until this returns
   * @param allowed ids of the allowed tokens: initially the whole vocabulary, from which the filter
   *     clears some. At least one must remain; where the text must end, leave its end-of-text
   *     token. Valid until this returns
   */
  void narrow(List<Integer> written, BitSet allowed);
}
