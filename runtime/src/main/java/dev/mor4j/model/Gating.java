package dev.mor4j.model;

/** How a step's output is added to the residual stream. GGUF key {@code mor.routing.gating}. */
public enum Gating implements KeyedChoice {
  /** Multiplied by the gate. */
  WEIGHTED("weighted"),
  /** Without a factor. */
  ADDITIVE("additive");

  private final String key;

  Gating(String key) {
    this.key = key;
  }

  @Override
  public String key() {
    return key;
  }
}
