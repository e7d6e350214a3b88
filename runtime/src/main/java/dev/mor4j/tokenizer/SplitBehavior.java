package dev.mor4j.tokenizer;

/** What happens to the delimiters when a text is split at them. */
enum SplitBehavior {
  /** They are dropped. */
  REMOVED,
  /** Each becomes a piece. */
  ISOLATED,
  /** They join the piece before. */
  MERGED_WITH_PREVIOUS,
  /** They join the piece after. */
  MERGED_WITH_NEXT,
  /** Consecutive delimiters become one piece. */
  CONTIGUOUS
}
