package dev.mor4j.cli;

/** What the process tells its caller. */
final class ExitCodes {
  /** Done. */
  static final int DONE = 0;

  /** Failed; one line on standard error says what, where and what to do. */
  static final int FAILED = 1;

  /** The command line itself is wrong. */
  static final int USAGE = 2;

  /** Ended by Ctrl-C, as shells count it: 128 and the signal's number. */
  static final int INTERRUPTED = 130;

  private ExitCodes() {}
}
