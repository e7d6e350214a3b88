package dev.mor4j.batch;

/** What is computed for a token after the last layer. */
public enum Output {
  /** The logits of the token that follows. */
  LOGITS,
  /** The hidden state after the final norm, which the head would read. */
  HIDDEN
}
