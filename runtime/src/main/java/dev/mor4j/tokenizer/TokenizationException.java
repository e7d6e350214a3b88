package dev.mor4j.tokenizer;

/** A text that cannot be converted to tokens. The message names the part of the tokenizer. */
public final class TokenizationException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  TokenizationException(String message) {
    super(message);
  }
}
