package dev.mor4j.engine;

/**
 * The engine refuses a request because its queue is full. Submit the request again when others have
 * finished, or build an engine with a longer queue.
 */
public final class EngineBusyException extends EngineException {
  private static final long serialVersionUID = 1L;

  private final int limit;

  EngineBusyException(int limit) {
    super(
        "the engine has %s requests, running and queued, which is its limit: retry when one has finished, or build the engine with a longer queue"
            .formatted(limit));
    this.limit = limit;
  }

  /** The largest number of requests that the engine holds, running and queued together. */
  public int limit() {
    return limit;
  }
}
