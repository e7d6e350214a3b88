package dev.mor4j.tokenizer;

/**
 * One stage of decoding. It receives tokens, each as one or more fragments of text followed by
 * {@link #endToken}, and finally {@link #end}.
 */
interface DecodingStage {
  /** Adds a fragment to the current token. */
  void text(String fragment);

  /** Completes the current token. */
  void endToken();

  /** Ends the input: no token follows. */
  void end();
}
