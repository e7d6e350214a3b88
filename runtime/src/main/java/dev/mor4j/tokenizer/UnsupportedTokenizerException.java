package dev.mor4j.tokenizer;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer that is malformed, or asks for a part that this package does not have. The message
 * names the part, what was expected there and what was found.
 */
public final class UnsupportedTokenizerException extends IOException {

  private UnsupportedTokenizerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  static UnsupportedTokenizerException at(String path, String expected, String found) {
    return new UnsupportedTokenizerException(
        "tokenizer.json: %s: expected %s, found %s".formatted(path, expected, found), null);
  }

  /** About a key of a GGUF file. */
  static UnsupportedTokenizerException inFile(String key, String expected, String found) {
    return new UnsupportedTokenizerException(
        "%s: expected %s, found %s".formatted(key, expected, found), null);
  }

  static UnsupportedTokenizerException malformed(String message, IOException cause) {
    return new UnsupportedTokenizerException(
        "tokenizer.json: expected well-formed JSON, found: " + message, cause);
  }
}
