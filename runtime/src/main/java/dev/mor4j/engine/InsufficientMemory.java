package dev.mor4j.engine;

/**
 * Memory that an engine needs and a device does not have.
 *
 * @param description what does not fit, on which device, the bytes needed and the bytes free
 * @param advice what the caller can change
 */
record InsufficientMemory(String description, String advice) {

  /** Carries the description to {@link PlacementFallback}, which moves parts or reports it. */
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient InsufficientMemory memory;

    Failure(InsufficientMemory memory) {
      super(memory.description());
      this.memory = memory;
    }

    Failure(InsufficientMemory memory, Throwable cause) {
      super(memory.description(), cause);
      this.memory = memory;
    }

    InsufficientMemory memory() {
      return memory;
    }
  }
}
