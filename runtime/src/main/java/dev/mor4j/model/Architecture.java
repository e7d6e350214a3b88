package dev.mor4j.model;

/** The kinds of model files that run. GGUF key {@code general.architecture}. */
public enum Architecture implements KeyedChoice {
  /** Mixture-of-Recursions, as models/GGUF.md says. */
  MOR(MetadataKeys.ARCHITECTURE_NAME),
  /** Plain Llama, as the tools of llama.cpp write it: one step, no router. */
  LLAMA("llama");

  private final String key;

  Architecture(String key) {
    this.key = key;
  }

  @Override
  public String key() {
    return key;
  }

  /** Whether a file that says {@code word} is of a kind that runs. */
  public static boolean isKnown(String word) {
    return word.equals(MOR.key) || word.equals(LLAMA.key);
  }
}
