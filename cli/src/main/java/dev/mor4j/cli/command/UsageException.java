package dev.mor4j.cli.command;

/** The command line asks for what cannot be; the message says what to do. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UsageException(String message) {
    super(message);
  }
}
