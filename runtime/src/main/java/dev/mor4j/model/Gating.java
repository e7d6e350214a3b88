package dev.mor4j.model;

/** How a step's output enters the residual stream. GGUF key {@code mor.routing.gating}. */
public enum Gating implements KeyedChoice {
  /** Scaled by the gate. */
  WEIGHTED("weighted"),
  /** As it is. */
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
