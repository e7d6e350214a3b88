package dev.mor4j.tokenizer;

/**
 * Turns a stream of UTF-8 bytes into text and holds back the bytes of an unfinished character. Each
 * longest run of bytes that cannot begin a character becomes one U+FFFD (Unicode 16, section
 * 3.9.6), as in Hugging Face's lossy decoding.
 */
final class Utf8Assembler {

  private static final char REPLACEMENT = '\uFFFD';

  private int codePoint;
  private int missing;
  // The range of the next continuation byte: narrower after E0, ED, F0 and F4.
  private int low = 0x80;
  private int high = 0xBF;

  /** Appends the text that {@code bytes} make certain. */
  void accept(byte[] bytes, StringBuilder out) {
    for (byte b : bytes) {
      accept(b & 0xFF, out);
    }
  }

  /** Appends U+FFFD if a character was left unfinished; the assembler is as new after it. */
  void finish(StringBuilder out) {
    if (missing > 0) {
      missing = 0;
      out.append(REPLACEMENT);
    }
  }

  private void accept(int b, StringBuilder out) {
    if (missing > 0 && b >= low && b <= high) {
      codePoint = (codePoint << 6) | (b & 0x3F);
      low = 0x80;
      high = 0xBF;
      if (--missing == 0) {
        out.appendCodePoint(codePoint);
      }
      return;
    }
    finish(out);
    begin(b, out);
  }

  private void begin(int b, StringBuilder out) {
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

  private void expect(int count, int bits, int lowest, int highest) {
    missing = count;
    codePoint = bits;
    low = lowest;
    high = highest;
  }
}
