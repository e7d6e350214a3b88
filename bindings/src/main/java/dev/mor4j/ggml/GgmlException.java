package dev.mor4j.ggml;

/**
 * A failure of ggml: it could not be loaded, could not allocate memory, or returned an error. The
 * message names the function and contains what ggml logged.
 */
public final class GgmlException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what failed, where, and what ggml logged
   */
  public GgmlException(String message) {
    super(message);
  }

  /**
   * @param message what failed, where, and what ggml logged
   * @param cause the exception of the loader
   */
  public GgmlException(String message, Throwable cause) {
    super(message, cause);
  }
}
