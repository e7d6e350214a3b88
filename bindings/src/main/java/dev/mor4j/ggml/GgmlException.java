package dev.mor4j.ggml;

/**
 * ggml failed: it could not be loaded, could not allocate, or returned an error status. The message
 * names the function and what ggml said.
 */
public final class GgmlException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What failed, where, and ggml's own words. */
  public GgmlException(String message) {
    super(message);
  }

  /** As {@link #GgmlException(String)}, with the loader's exception. */
  public GgmlException(String message, Throwable cause) {
    super(message, cause);
  }
}
