package dev.mor4j.model;

/** The causal rule of trained routing. GGUF key {@code mor.routing.decision}. */
public enum DecisionRule implements KeyedChoice {
  /** A token takes the step if its router score reaches the threshold. */
  THRESHOLD("threshold"),
  /** A token takes the step if the sigmoid of its auxiliary router logit reaches one half. */
  AUX_ROUTER("aux_router"),
  /** Token choice: the last step of a token is the one with its largest biased score. */
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
