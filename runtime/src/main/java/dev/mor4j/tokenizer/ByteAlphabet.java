package dev.mor4j.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * GPT-2's one-to-one mapping between the 256 bytes and printable characters. Bytes of visible
 * Latin-1 characters map to these characters, all other bytes, in order, to the characters from
 * U+0100 on.
 */
final class ByteAlphabet {

  private static final int LAST_CHAR = 0x143;
  private static final char[] TO_CHAR = new char[256];
  private static final short[] TO_BYTE = new short[LAST_CHAR + 1];

  static {
    Arrays.fill(TO_BYTE, (short) -1);
    char next = 0x100;
    for (int b = 0; b < TO_CHAR.length; b++) {
      boolean visible = (b >= '!' && b <= '~') || (b >= 0xA1 && b != 0xAD);
      TO_CHAR[b] = visible ? (char) b : next++;
      TO_BYTE[TO_CHAR[b]] = (short) b;
    }
  }

  private ByteAlphabet() {}

  /** Spells the UTF-8 bytes of {@code text}, one character for each byte. */
  static String encode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    char[] chars = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      chars[i] = TO_CHAR[bytes[i] & 0xFF];
    }
    return new String(chars);
  }

  /**
   * Returns the bytes that {@code token} spells, or its UTF-8 bytes if it has a character that is
   * not in the alphabet.
   */
  static byte[] decode(String token) {
    byte[] bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = token.charAt(i);
      if (c > LAST_CHAR || TO_BYTE[c] < 0) {
        return token.getBytes(StandardCharsets.UTF_8);
      }
      bytes[i] = (byte) TO_BYTE[c];
    }
    return bytes;
  }
}
