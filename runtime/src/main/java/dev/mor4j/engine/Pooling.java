package dev.mor4j.engine;

/** How the vectors of a text's tokens become one. */
public enum Pooling {
  /** Not at all: each token keeps its own. */
  NONE,
  /** The mean of all tokens' vectors. */
  MEAN,
  /** The last token's vector, which alone has seen the whole text. */
  LAST
}
