package dev.mor4j.model;

/** Who chooses a token's recursion depth. GGUF key {@code mor.routing.type}. */
public enum RoutingKind implements KeyedChoice {
  /** Nobody: every token takes every step. */
  NONE("none"),
  /** Each step picks its tokens, among those that took the step before. */
  EXPERT_CHOICE("expert_choice"),
  /** Each token picks its depth once, before the first step. */
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
