package dev.mor4j.engine;

/** Why a generation ended. */
public enum FinishReason {
  /** The model generated an end token: see {@link Model#endTokens}. */
  END_OF_TEXT,
  /** A stop string or a stop token of the request was reached. */
  STOP,
  /** The maximum number of tokens was reached. */
  LENGTH,
  /** The context is full. */
  CONTEXT_FULL,
  /** The time limit of the request was exceeded. */
  TIME_LIMIT,
  /** The stream or the engine was closed. */
  CANCELLED
}
