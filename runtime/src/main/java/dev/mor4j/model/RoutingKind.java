package dev.mor4j.model;

/** How a token's recursion depth is chosen. GGUF key {@code mor.routing.type}. */
public enum RoutingKind implements KeyedChoice {
  /** No choice: every token takes every step. */
  NONE("none"),
  /** Each step chooses its tokens among those that took the step before. */
  EXPERT_CHOICE("expert_choice"),
  /** Each token chooses its depth once, before the first step. */
  TOKEN_CHOICE("token_choice");

  private final String key;

  RoutingKind(String key) {
    this.key = key;
  }

  @Override
  public String key() {
    return key;
  }
}
