package dev.mor4j.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Joins runs of {@code <0xNN>} tokens to text. A run is certain only at its end: if any part of it
 * is not UTF-8, each of its bytes becomes U+FFFD.
 */
final class ByteFallbackStage extends TokenStage {

  private final ByteArrayOutputStream run = new ByteArrayOutputStream();

  ByteFallbackStage(TokenSink next) {
    super(next);
  }

  @Override
  void token(String text) {
    int value = byteValue(text);
    if (value >= 0) {
      run.write(value);
      return;
    }
    flush();
    pass(text);
  }

  @Override
  public void end() {
    flush();
    next.end();
  }

  private void flush() {
    if (run.size() == 0) {
      return;
    }
    try {
      pass(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(run.toByteArray())) + "");
    } catch (CharacterCodingException e) {
      for (int i = 0; i < run.size(); i++) {
        pass("\uFFFD");
      }
    }
    run.reset();
  }

  private void pass(String token) {
    next.text(token);
    next.endToken();
  }

  /** The byte that a token as {@code <0x0A>} stands for, or -1. */
  static int byteValue(String token) {
    if (token.length() != 6 || !token.startsWith("<0x") || !token.endsWith(">")) {
      return -1;
    }
    int high = Character.digit(token.charAt(3), 16);
    int low = Character.digit(token.charAt(4), 16);
    return high < 0 || low < 0 ? -1 : 16 * high + low;
  }
}
