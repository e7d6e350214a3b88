package dev.mor4j.sampling;

/**
 * A result of the model is NaN or infinite, so that nothing can be derived from it. The message
 * says which result and where. The engine adds the cause (a weight, or an overflow) to its own
 * exception.
 */
public final class NonFiniteException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public NonFiniteException(String message) {
    super(message);
  }
}
