package dev.mor4j.tokenizer;

/** What becomes of the delimiters when a text is split at them. */
enum SplitBehavior {
  /** They are left out. */
  REMOVED,
  /** They become pieces. */
  ISOLATED,
  /** They join the piece before. */
  MERGED_WITH_PREVIOUS,
  /** They join the piece after. */
  MERGED_WITH_NEXT,
  /** Neighbouring delimiters become one piece. */
  CONTIGUOUS
}
