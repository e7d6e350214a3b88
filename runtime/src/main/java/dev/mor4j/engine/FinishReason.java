package dev.mor4j.engine;

/** Why a generation ended. */
public enum FinishReason {
  /** The model wrote its end-of-text token. */
  END_OF_TEXT,
  /** As many tokens as the request allowed. */
  LENGTH,
  /** No position is left in the context. */
  CONTEXT_FULL,
  /** The stream or the engine was closed. */
  CANCELLED
}
