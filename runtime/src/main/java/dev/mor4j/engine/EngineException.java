package dev.mor4j.engine;

/** The engine could not do what was asked. The message is one line and says what to do. */
public sealed class EngineException extends RuntimeException permits EngineBusyException {
  private static final long serialVersionUID = 1L;

  public EngineException(String message) {
    super(message);
  }

  public EngineException(String message, Throwable cause) {
    super(message, cause);
  }
}
