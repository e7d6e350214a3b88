package dev.mor4j.cli.output;

import dev.mor4j.cli.terminal.Terminal;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * Says what became of a file when the process is told to end (Ctrl-C, SIGTERM) before it is
 * written. The temporary file goes by itself, and a file that had the name stays.
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
