package dev.mor4j.model;

/** The form of a router. GGUF key {@code mor.routing.router}. */
public enum RouterKind implements KeyedChoice {
  /** One matrix. */
  LINEAR("linear"),
  /** Two matrices with an exact GELU (by erf) between them. */
  MLP("mlp");

  private final String key;

  RouterKind(String key) {
    this.key = key;
  }

  @Override
  public String key() {
    return key;
  }
}
