package dev.mor4j.cli.command;

/** A flag's value is out of range; the message names the setting in the words of the library. */
public final class SettingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A setting that the library refused. */
  public SettingException(IllegalArgumentException refusal) {
    super(refusal.getMessage(), refusal);
  }
}
