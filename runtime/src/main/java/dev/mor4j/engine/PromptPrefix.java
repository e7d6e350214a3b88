package dev.mor4j.engine;

/**
 * A shared prompt prefix whose keys and values stay in the K/V cache: requests whose prompts start
 * with it do not compute it again. It is evicted if running sequences need its slots; requests then
 * compute it themselves. For any thread. Close it when it is no longer needed.
 */
public final class PromptPrefix implements AutoCloseable {
  private final int tokenCount;
  private final Runnable drop;

  PromptPrefix(int tokenCount, Runnable drop) {
    this.tokenCount = tokenCount;
    this.drop = drop;
  }

  /** Number of tokens of the prefix. */
  public int tokenCount() {
    return tokenCount;
  }

  /** Frees the cache slots of the prefix. */
  @Override
  public void close() {
    drop.run();
  }
}
