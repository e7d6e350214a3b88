package dev.mor4j.cli.terminal;

import java.io.IOException;

/** Standard output takes no more: its reader has gone, or its disk is full. */
public final class OutputClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean isReaderGone;

  OutputClosedException(IOException cause, boolean isReaderGone) {
    super("standard output: " + cause.getMessage(), cause);
    this.isReaderGone = isReaderGone;
  }

  /** Whether it was a pipe's reader, {@code head} for one, that has had enough. */
  public boolean isReaderGone() {
    return isReaderGone;
  }
}
