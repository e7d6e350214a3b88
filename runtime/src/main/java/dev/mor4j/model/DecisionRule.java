package dev.mor4j.model;

/** How trained routing decides, causally. GGUF key {@code mor.routing.decision}. */
public enum DecisionRule implements KeyedChoice {
  /** A token goes on where its router score reaches the threshold. */
  THRESHOLD("threshold"),
  /** A token goes on where the sigmoid of its auxiliary router's logit reaches one half. */
  AUX_ROUTER("aux_router"),
  /** A token's depth is the step of its largest biased score (token choice). */
  ARGMAX("argmax");

  private final String key;

  DecisionRule(String key) {
    this.key = key;
  }

  @Override
  public String key() {
    return key;
  }
}
