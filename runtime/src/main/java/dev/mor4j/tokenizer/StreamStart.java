package dev.mor4j.tokenizer;

/** Where in a text the input of a decoding stage starts. */
enum StreamStart {
  /** The first token is the first of the text. */
  TEXT,
  /** The first token follows other tokens of the text. */
  TOKEN,
  /** The first fragment continues a token that an earlier stage joins from several. */
  FRAGMENT
}
