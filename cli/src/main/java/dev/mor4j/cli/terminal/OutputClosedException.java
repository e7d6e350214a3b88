package dev.mor4j.cli.terminal;

import java.io.IOException;

/** Standard output is closed: its reader has exited, or its disk is full. */
public final class OutputClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean isReaderGone;

  OutputClosedException(IOException cause, boolean isReaderGone) {
    super("standard output: " + cause.getMessage(), cause);
    this.isReaderGone = isReaderGone;
  }

  /** Whether the reader of a pipe has exited, as {@code head} does when it has enough. */
  public boolean isReaderGone() {
    return isReaderGone;
  }
}
