package dev.mor4j.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** A closed choice that files and flags spell with a word. */
public interface KeyedChoice {

  /** The word that stands for this choice in GGUF metadata and on the command line. */
  String key();

  /**
   * The choice that a word stands for.
   *
   * @param where the key or flag that held the word, for the message
   * @throws InvalidConfigException if no choice has that word
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
