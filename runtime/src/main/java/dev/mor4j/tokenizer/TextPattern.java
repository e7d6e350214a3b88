package dev.mor4j.tokenizer;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A pattern of a tokenizer. Matching takes a bounded number of steps, in proportion to the text, so
 * that a pattern that backtracks without end fails instead of blocking its thread.
 */
final class TextPattern {
  /** Steps for any text, as many as Oniguruma allows a match to retry. */
  private static final long BASE_STEPS = 10_000_000;

  /** Steps for each character; patterns of published tokenizers take about 30. */
  private static final long STEPS_PER_CHAR = 500;

  private final Pattern pattern;
  private final String source;
  private final String where;

  /**
   * @param source the expression as the file spells it, for messages
   * @param where the file and the place in it, for messages
   */
  TextPattern(Pattern pattern, String source, String where) {
    this.pattern = pattern;
    this.source = source;
    this.where = where;
  }

  /** Matches a text literally. */
  static TextPattern literal(String text) {
    return new TextPattern(Pattern.compile(text, Pattern.LITERAL), text, "literal");
  }

  /** A pattern of this package in Java's syntax. */
  static TextPattern builtIn(String regex) {
    return new TextPattern(Pattern.compile(regex), regex, "built-in pattern");
  }

  /**
   * Starts a search. The matcher's methods throw {@link TokenizationException} when the pattern
   * takes too many steps.
   */
  Matcher matcher(String text) {
    return pattern.matcher(new CountedChars(text));
  }

  /**
   * Replaces all matches.
   *
   * @param content inserted as it is
   * @throws TokenizationException if the pattern takes too many steps
   */
  String replaceAll(String text, String content) {
    if ((pattern.flags() & Pattern.LITERAL) != 0) {
      return text.replace(source, content);
    }
    return matcher(text).replaceAll(Matcher.quoteReplacement(content));
  }

  /** A text that counts how often the matcher reads a character. */
  private final class CountedChars implements CharSequence {
    private final String text;
    private long remainingSteps;

    CountedChars(String text) {
      this.text = text;
      remainingSteps = BASE_STEPS + STEPS_PER_CHAR * text.length();
    }

    @Override
    public char charAt(int index) {
      if (--remainingSteps < 0) {
        throw new TokenizationException(
            "%s: the regular expression %s takes more than %s steps on a text of %s characters: it backtracks too much"
                .formatted(
                    MessageText.escape(where),
                    MessageText.quote(source),
                    BASE_STEPS + STEPS_PER_CHAR * text.length(),
                    text.length()));
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
