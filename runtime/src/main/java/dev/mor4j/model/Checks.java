package dev.mor4j.model;

/** Checks of hyperparameters. Failures name the key, what was expected and what was found. */
final class Checks {
  private Checks() {}

  static void that(boolean holds, String key, String expected, Object found) {
    if (!holds) {
      throw new InvalidConfigException(key, expected, String.valueOf(found));
    }
  }

  static void range(String key, int value, int lowest, int highest) {
    that(value >= lowest && value <= highest, key, lowest + ".." + highest, value);
  }
}
