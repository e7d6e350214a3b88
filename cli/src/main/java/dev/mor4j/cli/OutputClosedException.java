package dev.mor4j.cli;

import java.io.IOException;

/** Standard output takes no more: its reader has gone, or its disk is full. */
final class OutputClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OutputClosedException(IOException cause) {
    super("standard output: " + cause.getMessage(), cause);
  }
}
