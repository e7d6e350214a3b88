package dev.mor4j.gguf;

import java.util.HexFormat;

/**
 * Makes text from untrusted files safe to print on one line of a terminal: names, values and tokens
 * may contain control sequences that change what a user sees. Use it for every such text in a
 * message or a listing.
 */
public final class Printable {
  private static final int PREVIEW_CHARS = 72;
  private static final HexFormat HEX = HexFormat.of();

  private Printable() {}

  /** The text in double quotes, {@link #oneLine escaped}, and shortened if it is long. */
  public static String quoted(String text) {
    if (text.length() <= PREVIEW_CHARS) {
      return '"' + oneLine(text) + '"';
    }
    int end =
        Character.isHighSurrogate(text.charAt(PREVIEW_CHARS - 1))
            ? PREVIEW_CHARS - 1
            : PREVIEW_CHARS;
    return '"' + oneLine(text.substring(0, end)) + "\"... (" + text.length() + " chars)";
  }

  /**
   * The text with escapes instead of control characters (C0, DEL, C1), line and paragraph
   * separators, characters that change the direction of text, and lone surrogates: {@code \n},
   * {@code \r}, {@code \t} or the code unit in hexadecimal, such as <code>&#92;u001b</code>. Other
   * characters are unchanged, backslashes too: the result is for people, not for parsers.
   */
  public static String oneLine(String text) {
    int first = 0;
    while (first < text.length() && !isEscaped(text, first)) {
      first++;
    }
    if (first == text.length()) {
      return text;
    }
    StringBuilder line = new StringBuilder(text.length() + 16).append(text, 0, first);
    for (int index = first; index < text.length(); index++) {
      char unit = text.charAt(index);
      if (isEscaped(text, index)) {
        appendEscape(unit, line);
      } else {
        line.append(unit);
      }
    }
    return line.toString();
  }

  private static void appendEscape(char unit, StringBuilder line) {
    switch (unit) {
      case '\n' -> line.append("\\n");
      case '\r' -> line.append("\\r");
      case '\t' -> line.append("\\t");
      default -> line.append("\\u").append(HEX.toHexDigits(unit));
    }
  }

  private static boolean isEscaped(String text, int index) {
    char unit = text.charAt(index);
    if (Character.isHighSurrogate(unit)) {
      return index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1));
    }
    if (Character.isLowSurrogate(unit)) {
      return index == 0 || !Character.isHighSurrogate(text.charAt(index - 1));
    }
    return Character.isISOControl(unit) || isSeparator(unit) || isDirectionMark(unit);
  }

  private static boolean isSeparator(char unit) {
    return unit == 0x2028 || unit == 0x2029;
  }

  /** Bidirectional controls, with which a file could disguise what a message says. */
  private static boolean isDirectionMark(char unit) {
    return unit == 0x061c
        || unit == 0x200e
        || unit == 0x200f
        || (unit >= 0x202a && unit <= 0x202e)
        || (unit >= 0x2066 && unit <= 0x2069);
  }
}
