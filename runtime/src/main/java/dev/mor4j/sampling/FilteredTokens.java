package dev.mor4j.sampling;

import java.util.BitSet;

/** The rule that keeps the tokens that a {@link TokenFilter} allows. */
final class FilteredTokens implements SamplingRule {
  private final TokenFilter filter;
  private final BitSet allowed = new BitSet();

  /** Number of tokens before the first generated one; negative until that is known. */
  private int promptSize = -1;

  FilteredTokens(TokenFilter filter) {
    this.filter = filter;
  }

  /** Runs before all rules that remove or reorder candidates, so candidate i is token i. */
  @Override
  public void apply(Candidates candidates, TokenHistory history) {
    if (promptSize < 0) {
      promptSize = history.size();
    }
    int vocabularySize = candidates.size();
    allowed.clear();
    allowed.set(0, vocabularySize);
    filter.narrow(history.from(promptSize), allowed);
    if (allowed.length() > vocabularySize) {
      throw new IllegalArgumentException(
          "token filter: expected token ids 0..%s, found %s"
              .formatted(vocabularySize - 1, allowed.length() - 1));
    }
    candidates.keep(allowed);
    if (!candidates.isAnyPossible()) {
      throw new IllegalArgumentException(
          "token filter: expected at least one allowed token, found none");
    }
  }
}
