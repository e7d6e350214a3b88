package dev.mor4j.engine;

/** How the hidden states of a text's tokens are combined. */
public enum Pooling {
  /** No pooling: one vector for each token. */
  NONE,
  /** The mean of all tokens' states. */
  MEAN,
  /** The last token's state, the only one that depends on the whole text. */
  LAST
}
