package dev.mor4j.ggml;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * Owns one object of ggml or of the C library {@code mor} and frees it once. Use after {@link
 * #close} throws {@link IllegalStateException}; use of a confined object on another thread throws
 * {@link WrongThreadException}.
 */
public abstract sealed class NativeObject implements AutoCloseable
    permits Backend,
        BackendBuffer,
        BackendScheduler,
        CancelFlag,
        CopiedWeights,
        DeviceEvent,
        GgmlContext,
        HostWeights,
        StagingMemory,
        ThreadPool {

  /** The threads that may use an object. */
  enum Threads {
    /** Only the thread that created it. */
    CONFINED,
    /** Any thread: one at a time, or several if the object is only read. */
    SHARED
  }

  private final Arena arena;
  private final MemorySegment handle;

  @SuppressWarnings({"restricted", "MustBeClosedChecker"}) // close() closes the arena
  NativeObject(String what, Threads threads, MemorySegment raw, Consumer<MemorySegment> free) {
    if (raw.equals(MemorySegment.NULL)) {
      throw new GgmlException(what + ": ggml returned NULL" + GgmlLibrary.drainLog());
    }
    arena =
        switch (threads) {
          case CONFINED -> Arena.ofConfined();
          case SHARED -> Arena.ofShared();
        };
    handle = raw.reinterpret(arena, free);
  }

  /** The C object, as a segment of size zero, so that Java cannot access its memory. */
  final MemorySegment handle() {
    return handle;
  }

  /**
   * To be called before C follows its own pointer to this object.
   *
   * @throws IllegalStateException if this object is closed
   */
  final void requireOpen() {
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException(getClass().getSimpleName() + " is closed but still used");
    }
  }

  /** Closed together with this object. */
  final Arena arena() {
    return arena;
  }

  /** Frees the C object; a second call does nothing. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
