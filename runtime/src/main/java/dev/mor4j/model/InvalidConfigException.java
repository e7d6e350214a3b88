package dev.mor4j.model;

/** A hyperparameter or option is out of range, or contradicts another. */
public final class InvalidConfigException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String key;
  private final String expected;
  private final String found;

  /**
   * @param key the GGUF key or option at fault
   * @param expected the allowed values
   * @param found the value found
   */
  public InvalidConfigException(String key, String expected, String found) {
    super("%s: expected %s, found %s".formatted(key, expected, found));
    this.key = key;
    this.expected = expected;
    this.found = found;
  }

  /** The GGUF key or option at fault. */
  public String key() {
    return key;
  }

  /** The allowed values. */
  public String expected() {
    return expected;
  }

  /** The value found. */
  public String found() {
    return found;
  }
}
