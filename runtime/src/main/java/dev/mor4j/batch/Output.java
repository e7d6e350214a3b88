package dev.mor4j.batch;

/** What is wanted of a sequence's tokens when they have taken all stages. */
public enum Output {
  /** What the head says about the token that comes next. */
  LOGITS,
  /** What the head is given: the last hidden state, normalised. */
  HIDDEN
}
