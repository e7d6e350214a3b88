package dev.mor4j.model;

/**
 * How recursion steps and shared layers follow each other. GGUF key {@code mor.recursion.sharing}.
 */
public enum SharingPattern implements KeyedChoice {
  /** No layer is shared: an ordinary transformer. */
  NONE("none"),
  /** All layers of the block, then all again: 0 1 2 0 1 2. */
  CYCLE("cycle"),
  /** Each layer several times in a row: 0 0 1 1 2 2. */
  SEQUENCE("sequence"),
  /** As CYCLE between an unshared first and an unshared last layer. */
  MIDDLE_CYCLE("middle_cycle"),
  /** As SEQUENCE between an unshared first and an unshared last layer. */
  MIDDLE_SEQUENCE("middle_sequence");

  private final String key;

  SharingPattern(String key) {
    this.key = key;
  }

  @Override
  public String key() {
    return key;
  }

  /** Whether the first and the last layer stand outside the shared block. */
  public boolean hasUnsharedEnds() {
    return this == MIDDLE_CYCLE || this == MIDDLE_SEQUENCE;
  }

  /** Whether each layer is repeated before the next one runs, so that steps cannot be routed. */
  public boolean repeatsEachLayer() {
    return this == SEQUENCE || this == MIDDLE_SEQUENCE;
  }
}
