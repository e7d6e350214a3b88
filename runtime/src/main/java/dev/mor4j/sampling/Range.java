package dev.mor4j.sampling;

import java.util.Locale;

/** Ranges of option values, with one form of message: name, expected range, value found. */
enum Range {
  ZERO_OR_MORE("0 or more"),
  ONE_OR_MORE("1 or more"),
  MORE_THAN_ZERO("more than 0"),
  SHARE("0..1"),
  FINITE("a finite number");

  private final String words;

  Range(String words) {
    this.words = words;
  }

  /**
   * Checks a value.
   *
   * @param name the option in llama.cpp's spelling, such as {@code top-k}
   * @throws IllegalArgumentException if the value is outside this range, or not finite
   */
  void check(String name, float value) {
    if (!Float.isFinite(value) || !contains(value)) {
      throw refusal(name, words, plain(value));
    }
  }

  /** Checks a number of recent tokens, where -1 stands for all. */
  static void checkLastN(String name, int value) {
    if (value < -1) {
      throw refusal(name, "-1 or more", String.valueOf(value));
    }
  }

  static IllegalArgumentException refusal(String name, String expected, String found) {
    return new IllegalArgumentException(
        "%s: expected %s, found %s".formatted(name, expected, found));
  }

  private boolean contains(float value) {
    return switch (this) {
      case ZERO_OR_MORE -> value >= 0;
      case ONE_OR_MORE -> value >= 1;
      case MORE_THAN_ZERO -> value > 0;
      case SHARE -> value >= 0 && value <= 1;
      case FINITE -> true;
    };
  }

  private static String plain(float value) {
    return value == Math.rint(value) && Math.abs(value) < 1e7
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.valueOf(value);
  }
}
