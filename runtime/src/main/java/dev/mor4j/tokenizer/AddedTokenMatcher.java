package dev.mor4j.tokenizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds added tokens in a text: the leftmost one, and of several that start there the longest.
 * Where that one may not match, shorter ones are not tried, as in Hugging Face's library.
 */
final class AddedTokenMatcher {

  /** An added token and its spelling in the text that is searched. */
  record Spelling(String text, AddedToken token) {}

  private final Map<Character, List<Spelling>> byFirstChar = new HashMap<>();

  AddedTokenMatcher(List<Spelling> spellings) {
    for (Spelling spelling : spellings) {
      byFirstChar.computeIfAbsent(spelling.text().charAt(0), c -> new ArrayList<>()).add(spelling);
    }
    for (List<Spelling> sameStart : byFirstChar.values()) {
      sameStart.sort(Comparator.comparingInt(spelling -> -spelling.text().length()));
    }
  }

  /**
   * Emits the added tokens of {@code piece} and the pieces between them, in order.
   *
   * @param withSpecial whether control tokens are recognized; otherwise they are plain text
   * @param tokens receives the ids of added tokens
   * @param pieces receives the text between them
   */
  void split(Piece piece, boolean withSpecial, IntConsumer tokens, Consumer<Piece> pieces) {
    String text = piece.text();
    int done = 0;
    int at = 0;
    while (at < text.length() && !byFirstChar.isEmpty()) {
      Spelling found = at(text, at);
      if (found == null) {
        at++;
        continue;
      }
      int start = at;
      int end = at + found.text().length();
      at = end;
      AddedToken token = found.token();
      if ((token.special() && !withSpecial)
          || (token.singleWord() && !standsAlone(text, start, end))) {
        continue;
      }
      if (token.stripsLeft()) {
        start = Math.max(skipSpaceBack(text, start), done);
      }
      if (token.stripsRight()) {
        end = skipSpace(text, end);
      }
      if (done < start) {
        pieces.accept(piece.part(done, start));
      }
      tokens.accept(token.id());
      done = end;
    }
    if (done < text.length()) {
      pieces.accept(piece.part(done, text.length()));
    }
  }

  private @Nullable Spelling at(String text, int at) {
    for (Spelling spelling : byFirstChar.getOrDefault(text.charAt(at), List.of())) {
      if (text.startsWith(spelling.text(), at)) {
        return spelling;
      }
    }
    return null;
  }

  private static boolean standsAlone(String text, int start, int end) {
    return (start == 0 || !isWord(text.codePointBefore(start)))
        && (end == text.length() || !isWord(text.codePointAt(end)));
  }

  private static int skipSpace(String text, int from) {
    int at = from;
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
    return at;
  }

  private static int skipSpaceBack(String text, int from) {
    int at = from;
    while (at > 0 && isSpace(text.charAt(at - 1))) {
      at--;
    }
    return at;
  }

  /** Whether a character has Unicode's property White_Space; all such are below U+10000. */
  private static boolean isSpace(char c) {
    return Character.isSpaceChar(c) || (c >= '\t' && c <= '\r') || c == 0x85;
  }

  /** Whether a character matches {@code \\w} in Rust (Unicode Technical Standard 18, annex C). */
  private static boolean isWord(int c) {
    return Character.isAlphabetic(c)
        || switch (Character.getType(c)) {
          case Character.NON_SPACING_MARK,
              Character.ENCLOSING_MARK,
              Character.COMBINING_SPACING_MARK,
              Character.DECIMAL_DIGIT_NUMBER,
              Character.CONNECTOR_PUNCTUATION ->
              true;
          default -> c == 0x200C || c == 0x200D;
        };
  }
}
