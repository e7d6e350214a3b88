package dev.mor4j.tokenizer;

import java.text.Normalizer;
import java.util.List;

/** Normalizes a text before it is split. */
sealed interface TextNormalizer {

  String apply(String text);

  /** Leaves the text unchanged. */
  record None() implements TextNormalizer {
    @Override
    public String apply(String text) {
      return text;
    }
  }

  /** Several normalizers, one after the other. */
  record Chain(List<TextNormalizer> parts) implements TextNormalizer {

    public Chain {
      parts = List.copyOf(parts);
    }

    @Override
    public String apply(String text) {
      String changed = text;
      for (TextNormalizer part : parts) {
        changed = part.apply(changed);
      }
      return changed;
    }
  }

  /**
   * One of Unicode's four normalization forms, by the JDK's tables. Hugging Face's tables are of
   * about Unicode 9: characters added later are normalized here, but not there.
   */
  record UnicodeForm(Normalizer.Form form) implements TextNormalizer {
    @Override
    public String apply(String text) {
      return Normalizer.normalize(text, form);
    }
  }

  /** Puts a prefix before a text that is not empty. */
  record Prepend(String prefix) implements TextNormalizer {
    @Override
    public String apply(String text) {
      return text.isEmpty() ? text : prefix + text;
    }
  }

  /** Replaces every match of a pattern by a fixed text. */
  record Replace(TextPattern pattern, String content) implements TextNormalizer {
    @Override
    public String apply(String text) {
      return pattern.replaceAll(text, content);
    }
  }

  /** Lower case of each character by itself: the final sigma has no special form. */
  record Lowercase() implements TextNormalizer {

    private static final int CAPITAL_I_WITH_DOT = 0x130;

    @Override
    public String apply(String text) {
      StringBuilder lower = new StringBuilder(text.length());
      text.codePoints()
          .forEach(
              c -> {
                if (c == CAPITAL_I_WITH_DOT) {
                  lower.append("i\u0307"); // the only character with a lower case of two characters
                } else {
                  lower.appendCodePoint(Character.toLowerCase(c));
                }
              });
      return lower.toString();
    }
  }
}
