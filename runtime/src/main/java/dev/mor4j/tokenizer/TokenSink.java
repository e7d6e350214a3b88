package dev.mor4j.tokenizer;

/** One stage of decoding: takes tokens, each as fragments of text and an end, and then an end. */
interface TokenSink {

  /** A fragment of the token at hand. */
  void text(String fragment);

  /** The token at hand is complete. */
  void endToken();

  /** No more tokens follow. */
  void end();
}
