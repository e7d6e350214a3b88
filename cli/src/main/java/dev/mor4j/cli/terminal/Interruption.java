package dev.mor4j.cli.terminal;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a command gracefully when the process is told to end, as by Ctrl-C: cancels what runs and
 * keeps the process until the command has printed its statistics. The JVM then exits with 128 plus
 * the signal's number, 130 for Ctrl-C.
 */
public final class Interruption implements AutoCloseable {
  /** Long enough to finish any graph and print; a command that hangs must not keep the process. */
  private static final int PATIENCE_SECONDS = 10;

  private final Thread hook = new Thread(this::interrupt, "mor-interruption");
  private final CountDownLatch printed = new CountDownLatch(1);
  private @Nullable Runnable running;
  private boolean isCancelled;
  private boolean isSignalled;

  /** Starts to listen; ends with {@link #close}. */
  public Interruption() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Announces that something runs whose statistics are printed when it ends.
   *
   * @param cancel ends it, from any thread
   */
  public synchronized void watch(Runnable cancel) {
    running = cancel;
    isCancelled = false;
    if (isSignalled) {
      cancel.run();
    }
  }

  /** Announces that nothing runs and nothing is to be printed: the process may end at once. */
  public synchronized void rest() {
    running = null;
  }

  /** Whether the process is about to end. */
  public synchronized boolean isSignalled() {
    return isSignalled;
  }

  /**
   * Cancels what runs, once, without ending the process.
   *
   * @return false if nothing runs, or it was cancelled before
   */
  public synchronized boolean cancelRunning() {
    if (running == null || isCancelled) {
      return false;
    }
    isCancelled = true;
    running.run();
    return true;
  }

  private void interrupt() {
    synchronized (this) {
      isSignalled = true;
      if (running == null) {
        return;
      }
      running.run();
    }
    try {
      boolean _ = printed.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets the process end: everything is printed. */
  @Override
  public void close() {
    printed.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      // The hook is what runs now.
    }
  }
}
