package dev.mor4j.model;

/**
 * The order in which recursion steps and shared layers run. GGUF key {@code mor.recursion.sharing}.
 */
public enum SharingPattern implements KeyedChoice {
  /** No layer is shared: an ordinary transformer. */
  NONE("none"),
  /** All layers of the block, then all of them again: 0 1 2 0 1 2. */
  CYCLE("cycle"),
  /** Each layer several times in a row: 0 0 1 1 2 2. */
  SEQUENCE("sequence"),
  /** CYCLE between an unshared first and an unshared last layer. */
  MIDDLE_CYCLE("middle_cycle"),
  /** SEQUENCE between an unshared first and an unshared last layer. */
  MIDDLE_SEQUENCE("middle_sequence");

  private final String key;

  SharingPattern(String key) {
    this.key = key;
  }

  @Override
  public String key() {
    return key;
  }

  /** Whether the first and the last layer are outside the shared block. */
  public boolean hasUnsharedEnds() {
    return this == MIDDLE_CYCLE || this == MIDDLE_SEQUENCE;
  }

  /** Whether each layer is repeated before the next one runs; steps cannot be routed then. */
  public boolean repeatsEachLayer() {
    return this == SEQUENCE || this == MIDDLE_SEQUENCE;
  }
}
