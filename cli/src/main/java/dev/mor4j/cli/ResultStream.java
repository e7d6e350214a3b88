package dev.mor4j.cli;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Standard output that does not lose failures: {@link java.io.PrintWriter} swallows an {@link
 * IOException}, and a command would compute on for nobody.
 */
final class ResultStream extends FilterOutputStream {
  ResultStream(OutputStream target) {
    super(new BufferedOutputStream(target));
  }

  @Override
  public void write(int value) {
    try {
      out.write(value);
    } catch (IOException failure) {
      throw new OutputClosedException(failure);
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    try {
      out.write(bytes, offset, length);
    } catch (IOException failure) {
      throw new OutputClosedException(failure);
    }
  }

  @Override
  public void flush() {
    try {
      out.flush();
    } catch (IOException failure) {
      throw new OutputClosedException(failure);
    }
  }
}
