package dev.mor4j.cli.output;

import dev.mor4j.cli.terminal.Terminal;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * Reports what became of an output file if the process receives a signal (Ctrl-C, SIGTERM) before
 * the file is complete. {@code TemporaryFile} deletes the temporary file; an existing file of that
 * name is not changed.
 */
public final class UnfinishedFile implements AutoCloseable {
  private final Path file;
  private final PrintWriter err;
  private final Thread hook = new Thread(this::report, "mor-unfinished-file");
  private volatile boolean isFinished;

  /** Watches until it is closed. */
  public UnfinishedFile(Path file, PrintWriter err) {
    this.file = file;
    this.err = err;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** The file has its name. */
  public void finish() {
    isFinished = true;
  }

  private void report() {
    if (isFinished) {
      return;
    }
    if (Terminal.isError()) {
      err.println(); // below the bar
    }
    err.println("mor: interrupted, " + file + " is not written");
    err.flush();
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      // The process ends, and writes fail since the file is gone: no word about that.
      while (!isFinished) {
        LockSupport.park(this);
      }
    }
  }
}
