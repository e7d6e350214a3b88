package dev.mor4j.tokenizer;

import java.util.Locale;

/**
 * Makes text from files fit for a message: control characters could otherwise steer the reader's
 * terminal.
 */
final class MessageText {
  private static final int QUOTED_LENGTH = 60;

  private MessageText() {}

  /** The text in double quotes, escaped and shortened to 60 characters. */
  static String quote(String text) {
    if (text.codePointCount(0, text.length()) <= QUOTED_LENGTH) {
      return '"' + escape(text, true) + '"';
    }
    int end = text.offsetByCodePoints(0, QUOTED_LENGTH);
    return '"' + escape(text.substring(0, end), true) + "...\"";
  }

  /** The text with all characters escaped that are not visible. */
  static String escape(String text) {
    return escape(text, false);
  }

  private static String escape(String text, boolean inQuotes) {
    StringBuilder escaped = new StringBuilder(text.length());
    for (int at = 0; at < text.length(); ) {
      int c = text.codePointAt(at);
      at += Character.charCount(c);
      switch (c) {
        case '\n' -> escaped.append("\\n");
        case '\r' -> escaped.append("\\r");
        case '\t' -> escaped.append("\\t");
        case '\\' -> escaped.append(inQuotes ? "\\\\" : "\\");
        default -> {
          if (isVisible(c)) {
            escaped.appendCodePoint(c);
          } else {
            escaped.append(String.format(Locale.ROOT, "\\u{%x}", c));
          }
        }
      }
    }
    return escaped.toString();
  }

  private static boolean isVisible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT, // direction overrides among them
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
