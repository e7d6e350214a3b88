package dev.mor4j.model;

/** A hyperparameter or option outside its range, or at odds with another. */
public final class InvalidConfigException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String key;
  private final String expected;
  private final String found;

  /**
   * @param key the GGUF key or option at fault
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

  /** What it may be. */
  public String expected() {
    return expected;
  }

  /** What it is. */
  public String found() {
    return found;
  }
}
