package dev.mor4j.cli.command;

/** Exit codes of the process. */
public final class ExitCodes {
  /** Done. */
  public static final int DONE = 0;

  /** Failed; one line on standard error says what, where and what to do. */
  public static final int FAILED = 1;

  /** The command line itself is wrong. */
  public static final int USAGE = 2;

  /** Ended by Ctrl-C, as shells count it: 128 and the signal's number. */
  public static final int INTERRUPTED = 130;

  private ExitCodes() {}
}
