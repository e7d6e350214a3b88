package dev.mor4j.gguf;

/** Text from a file, made fit for one line of a terminal. */
final class Printable {
  private static final int PREVIEW_CHARS = 72;

  private Printable() {}

  /** In quotes, cut where it is long, without control characters. */
  static String quoted(String text) {
    if (text.length() <= PREVIEW_CHARS) {
      return '"' + oneLine(text) + '"';
    }
    int end =
        Character.isHighSurrogate(text.charAt(PREVIEW_CHARS - 1))
            ? PREVIEW_CHARS - 1
            : PREVIEW_CHARS;
    return '"' + oneLine(text.substring(0, end)) + "\"... (" + text.length() + " chars)";
  }

  /** The text with control and line-breaking characters written as escapes. */
  static String oneLine(String text) {
    if (text.chars().noneMatch(Printable::breaksLine)) {
      return text;
    }
    StringBuilder line = new StringBuilder(text.length() + 16);
    text.chars()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> line.append("\\n");
                case '\t' -> line.append("\\t");
                case '\r' -> line.append("\\r");
                default -> {
                  if (breaksLine(c)) {
                    line.append("\\u%04x".formatted(c));
                  } else {
                    line.append((char) c);
                  }
                }
              }
            });
    return line.toString();
  }

  // Beside the control characters: line and paragraph separator, and the marks that turn the text's
  // direction, with which a file could disguise what a message says.
  private static boolean breaksLine(int c) {
    return Character.isISOControl(c)
        || c == 0x2028
        || c == 0x2029
        || (c >= 0x202a && c <= 0x202e)
        || (c >= 0x2066 && c <= 0x2069);
  }
}
