package dev.mor4j.sampling;

import java.util.BitSet;
import java.util.List;

/**
 * Says which tokens may come next in one text: the door for grammars and other rules of an
 * application's own.
 */
@FunctionalInterface
public interface TokenFilter {
  /**
   * Narrows what may come next. Called once for each token, on the engine's thread: it must return
   * at once, as all texts wait for it. What it throws ends its text alone.
   *
   * @param written token ids written so far, without the prompt; a view that must not be kept
   * @param allowed ids that may come: all of the vocabulary, from which the filter clears some; at
   *     least one must stay, that which ends a text if nothing else may follow; must not be kept
   */
  void narrow(List<Integer> written, BitSet allowed);
}
