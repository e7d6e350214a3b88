package dev.mor4j.cli.terminal;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ctrl-C in good order: ends what runs and keeps the process until the command has printed its
 * statistics. The JVM then exits with 128 plus the signal's number, 130 for Ctrl-C.
 */
public final class Interruption implements AutoCloseable {
  /** Long enough to end any graph and print; a command that hangs shall not keep the process. */
  private static final int PATIENCE_SECONDS = 10;

  private final Thread hook = new Thread(this::interrupt, "mor-interruption");
  private final CountDownLatch printed = new CountDownLatch(1);
  private @Nullable Runnable running;
  private boolean isSignalled;

  /** Watches until it is closed. */
  public Interruption() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Something runs; what it took is to be printed when it has ended.
   *
   * @param end ends it, from any thread
   */
  public synchronized void watch(Runnable end) {
    running = end;
    if (isSignalled) {
      end.run();
    }
  }

  /** Nothing runs and nothing is to be printed: the process may end at once. */
  public synchronized void rest() {
    running = null;
  }

  /** Whether the process is about to end. */
  public synchronized boolean isSignalled() {
    return isSignalled;
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

  /** Everything is printed. */
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
