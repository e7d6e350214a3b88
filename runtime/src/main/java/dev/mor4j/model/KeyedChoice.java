package dev.mor4j.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** A constant of a closed set that files and users spell as a word. */
public interface KeyedChoice {

  /** The word for this constant in GGUF metadata and in text from users. */
  String key();

  /**
   * The constant that a word stands for, in any case.
   *
   * @param where where the word was found, for the message
   * @throws InvalidConfigException if no constant has that word
   */
  static <C extends Enum<C> & KeyedChoice> C of(Class<C> choices, String where, String word) {
    for (C choice : choices.getEnumConstants()) {
      if (choice.key().equals(word.toLowerCase(Locale.ROOT))) {
        return choice;
      }
    }
    String expected =
        Arrays.stream(choices.getEnumConstants())
            .map(KeyedChoice::key)
            .collect(Collectors.joining(", "));
    throw new InvalidConfigException(where, "one of " + expected, word);
  }
}
