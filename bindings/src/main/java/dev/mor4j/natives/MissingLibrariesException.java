package dev.mor4j.natives;

/**
 * The shared libraries were not found, are damaged or cannot be loaded. The message names every
 * place that was tried.
 */
public final class MissingLibrariesException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MissingLibrariesException(String message) {
    super(message);
  }

  MissingLibrariesException(String message, Throwable cause) {
    super(message, cause);
  }
}
