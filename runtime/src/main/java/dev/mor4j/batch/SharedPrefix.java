package dev.mor4j.batch;

/**
 * Leading tokens of a sequence that need not be computed, because another sequence has completed
 * the same tokens.
 *
 * @param source the sequence that holds their keys and values
 * @param tokenCount 1 or more
 */
record SharedPrefix(Sequence source, int tokenCount) {

  /** Whether these tokens are at least half of what a sequence holds. */
  boolean isMostOf(Sequence sequence) {
    return source == sequence && 2 * tokenCount >= sequence.size();
  }
}
