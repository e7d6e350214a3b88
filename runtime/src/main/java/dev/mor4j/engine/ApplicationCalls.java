package dev.mor4j.engine;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Tells the shutdown hook whether the engine's thread may be in native code. The thread holds a
 * lock except while it calls code of the application: callbacks, token filters, sampling rules. The
 * hook takes the lock and never releases it. So a call that blocks, or that has itself called
 * {@link System#exit}, does not keep the process from ending, and the thread cannot enter native
 * code again during the exit.
 */
final class ApplicationCalls {
  private final ReentrantLock nativeCode = new ReentrantLock();

  /** Called by the engine's thread before its first native call. */
  void start() {
    nativeCode.lock();
  }

  /** Called by the engine's thread after its last native call. */
  void stop() {
    while (nativeCode.isHeldByCurrentThread()) {
      nativeCode.unlock();
    }
  }

  /** Called by the engine's thread before a call into the application. */
  void begin() {
    nativeCode.unlock();
  }

  /**
   * Called by the engine's thread after a call into the application. Clears the interrupt flag,
   * which would otherwise be seen by the next request's calls.
   */
  void end() {
    nativeCode.lock();
    var _ = Thread.interrupted();
  }

  /**
   * Called by the shutdown hook: returns once the engine's thread is outside native code, which it
   * then cannot enter again, or when the time is over.
   *
   * @return whether the thread is outside native code
   */
  boolean awaitOutsideNativeCode(Duration limit) {
    try {
      return nativeCode.tryLock(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
