package dev.mor4j.tokenizer;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer that is malformed or needs a component that this package does not support. The
 * message names the component, what was expected and what was found; control characters are
 * escaped.
 */
public final class UnsupportedTokenizerException extends IOException {

  private UnsupportedTokenizerException(String message, @Nullable Throwable cause) {
    super(MessageText.escape(message), cause);
  }

  static UnsupportedTokenizerException at(String path, String expected, String found) {
    return new UnsupportedTokenizerException(
        "tokenizer.json: %s: expected %s, found %s".formatted(path, expected, found), null);
  }

  /** Reports a key of a GGUF file. */
  static UnsupportedTokenizerException inFile(String key, String expected, String found) {
    return new UnsupportedTokenizerException(
        "%s: expected %s, found %s".formatted(key, expected, found), null);
  }

  static UnsupportedTokenizerException malformed(String message, IOException cause) {
    return new UnsupportedTokenizerException(
        "tokenizer.json: expected well-formed JSON, found: " + message, cause);
  }
}
