package dev.mor4j.sampling;

/** Checks of options, all with the same message: which one, what it may be, what it is. */
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
   * @param name the option, as on the command line
   * @throws IllegalArgumentException if the value is outside this range, or not finite
   */
  void check(String name, float value) {
    if (!Float.isFinite(value) || !contains(value)) {
      throw refusal(name, words, plain(value));
    }
  }

  /** Checks a number of tokens to look back on: -1 is all of them. */
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
        ? "%.0f".formatted(value)
        : String.valueOf(value);
  }
}
