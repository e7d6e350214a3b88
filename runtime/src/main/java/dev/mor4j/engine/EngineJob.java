package dev.mor4j.engine;

import java.util.concurrent.atomic.AtomicBoolean;

/** Something for the engine's thread to do; anyone may cancel it. */
abstract class EngineJob {
  private final AtomicBoolean isCancelled = new AtomicBoolean();

  /** Does it, on the engine's thread. */
  abstract void run(Workbench bench);

  /** Tells whoever waits that it will not be done. */
  abstract void fail(RuntimeException cause);

  final void markCancelled() {
    isCancelled.set(true);
  }

  final boolean isCancelled() {
    return isCancelled.get();
  }
}
