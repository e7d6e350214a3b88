package dev.mor4j.engine;

/** Why a generation ended. */
public enum FinishReason {
  /** The model generated an end token: see {@link Model#endTokens}. */
  END_OF_TEXT,
  /** A stop string or a stop token of the request came next. */
  STOP,
  /** As many tokens as the request allowed. */
  LENGTH,
  /** No position is left in the context. */
  CONTEXT_FULL,
  /** The time that the request allowed is over. */
  TIME_LIMIT,
  /** The stream or the engine was closed. */
  CANCELLED
}
