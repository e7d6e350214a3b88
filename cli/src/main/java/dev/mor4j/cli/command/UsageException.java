package dev.mor4j.cli.command;

/** The command line asks for something impossible; the message names the flags and what to do. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UsageException(String message) {
    super(message);
  }
}
