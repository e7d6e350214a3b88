package dev.mor4j.cli.terminal;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Standard output that reports failures. A {@link java.io.PrintWriter} swallows an {@link
 * IOException}, so that a command would go on computing without a reader. The first failure is
 * thrown; later output is dropped.
 */
public final class ResultStream extends FilterOutputStream {
  private final boolean isPipe;
  private boolean hasFailed;

  /**
   * Creates a stream.
   *
   * @param isPipe whether another process reads it, which may exit when it has enough
   */
  public ResultStream(OutputStream target, boolean isPipe) {
    super(new BufferedOutputStream(target));
    this.isPipe = isPipe;
  }

  @Override
  public void write(int value) {
    attempt(() -> out.write(value));
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    attempt(() -> out.write(bytes, offset, length));
  }

  @Override
  public void flush() {
    attempt(out::flush);
  }

  private interface Output {
    void run() throws IOException;
  }

  private void attempt(Output output) {
    if (hasFailed) {
      return;
    }
    try {
      output.run();
    } catch (IOException failure) {
      hasFailed = true;
      throw new OutputClosedException(failure, isPipe);
    }
  }
}
