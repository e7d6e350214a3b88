package dev.mor4j.tokenizer;

/**
 * Decodes UTF-8 that arrives in pieces: emits each character with its last byte and keeps the bytes
 * of an incomplete one.
 *
 * <p>Invalid bytes become U+FFFD, one for each maximal subpart (the Unicode Standard 16.0, section
 * 3.9.6): E2 80 41 is one U+FFFD and A. Python's {@code errors='replace'} and Rust's lossy decoding
 * do the same. The JDK's decoder differs for encoded surrogates only: it replaces ED A0 80 once,
 * and this class replaces each of the three bytes.
 */
final class Utf8Assembler {
  private static final char REPLACEMENT = '\uFFFD';

  private int codePoint;
  private int missingBytes;
  // The allowed range of the next continuation byte: smaller after E0, ED, F0 and F4.
  private int low = 0x80;
  private int high = 0xBF;

  /** Decodes bytes and appends all characters that are complete. */
  void accept(byte[] bytes, StringBuilder out) {
    for (byte b : bytes) {
      accept(b & 0xFF, out);
    }
  }

  /**
   * Decodes one byte and appends the character that it completes, if any.
   *
   * @param b the byte, 0 to 255
   */
  void accept(int b, StringBuilder out) {
    if (missingBytes > 0 && b >= low && b <= high) {
      codePoint = (codePoint << 6) | (b & 0x3F);
      low = 0x80;
      high = 0xBF;
      if (--missingBytes == 0) {
        out.appendCodePoint(codePoint);
      }
      return;
    }
    finish(out);
    startCharacter(b, out);
  }

  /** Ends the input: appends U+FFFD for an incomplete character. The assembler can be reused. */
  void finish(StringBuilder out) {
    if (missingBytes > 0) {
      missingBytes = 0;
      out.append(REPLACEMENT);
    }
  }

  private void startCharacter(int b, StringBuilder out) {
    if (b < 0x80) {
      out.append((char) b);
    } else if (b >= 0xC2 && b <= 0xDF) {
      expect(1, b & 0x1F, 0x80, 0xBF);
    } else if (b >= 0xE0 && b <= 0xEF) {
      expect(2, b & 0x0F, b == 0xE0 ? 0xA0 : 0x80, b == 0xED ? 0x9F : 0xBF);
    } else if (b >= 0xF0 && b <= 0xF4) {
      expect(3, b & 0x07, b == 0xF0 ? 0x90 : 0x80, b == 0xF4 ? 0x8F : 0xBF);
    } else {
      out.append(REPLACEMENT);
    }
  }

  private void expect(int count, int leadingBits, int lowest, int highest) {
    missingBytes = count;
    codePoint = leadingBits;
    low = lowest;
    high = highest;
  }
}
