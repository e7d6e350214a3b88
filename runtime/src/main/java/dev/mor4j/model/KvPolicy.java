package dev.mor4j.model;

/** Which keys and values a token sees at a deeper step. GGUF key {@code mor.kv.policy}. */
public enum KvPolicy implements KeyedChoice {
  /** Those computed at the same step, by the tokens that took it. */
  PER_STEP("per_step"),
  /** Those computed at step 0, by all tokens. */
  SHARED("shared"),
  /** Those of step 0, replaced where a token computed its own at the same step. */
  SHARED_UPDATE("shared_update");

  private final String key;

  KvPolicy(String key) {
    this.key = key;
  }

  @Override
  public String key() {
    return key;
  }
}
