package dev.mor4j.model;

/** Which keys and values attention reads at later steps. GGUF key {@code mor.kv.policy}. */
public enum KvPolicy implements KeyedChoice {
  /** Those computed at the same step, for the tokens that took it. */
  PER_STEP("per_step"),
  /** Those computed at step 0, for all tokens. */
  SHARED("shared"),
  /** Those of step 0, except for tokens that took the same step: there, those of that step. */
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
