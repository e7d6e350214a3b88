package dev.mor4j.model;

/** The function from router logits to scores. GGUF key {@code mor.routing.activation}. */
public enum RouterActivation implements KeyedChoice {
  /** Logistic function of each logit. */
  SIGMOID("sigmoid"),
  /** Hyperbolic tangent of each logit. */
  TANH("tanh"),
  /** The logit itself; alpha does not apply. */
  IDENTITY("identity"),
  /** Softmax over the steps (token choice). */
  SOFTMAX("softmax");

  private final String key;

  RouterActivation(String key) {
    this.key = key;
  }

  @Override
  public String key() {
    return key;
  }
}
