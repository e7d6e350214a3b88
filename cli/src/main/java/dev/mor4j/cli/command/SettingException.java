package dev.mor4j.cli.command;

/** A flag's value is out of range; the message has the library's name of the setting. */
public final class SettingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A setting that the library refused. */
  public SettingException(IllegalArgumentException refusal) {
    super(refusal.getMessage(), refusal);
  }
}
