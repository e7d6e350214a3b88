package dev.mor4j.cli.output;

import dev.mor4j.gguf.Printable;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Quotes text from files on one line. */
public final class Quoted {
  private Quoted() {}

  /**
   * The bytes in quotes: as text if they are valid UTF-8, otherwise with non-ASCII bytes as {@code
   * \xNN}.
   */
  public static String of(byte[] bytes) {
    try {
      return of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException partOfCharacter) {
      StringBuilder text = new StringBuilder();
      for (byte each : bytes) {
        text.append(
            each >= ' '
                ? String.valueOf((char) each)
                : String.format(Locale.ROOT, "\\x%02x", each & 0xFF));
      }
      return '"' + text.toString() + '"';
    }
  }

  /** The text in quotes with control characters escaped. */
  public static String of(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                default -> quoted.append(Printable.oneLine(Character.toString(c)));
              }
            });
    return quoted.append('"').toString();
  }
}
