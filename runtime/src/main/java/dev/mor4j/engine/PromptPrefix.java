package dev.mor4j.engine;

/**
 * A beginning of prompts that stays in the K/V cache: requests whose prompts begin with it do not
 * compute it again. It is dropped early if running sequences need its room; requests then compute
 * it themselves. Any thread; close it when no more such requests come.
 */
public final class PromptPrefix implements AutoCloseable {
  private final int tokenCount;
  private final Runnable drop;

  PromptPrefix(int tokenCount, Runnable drop) {
    this.tokenCount = tokenCount;
    this.drop = drop;
  }

  /** Tokens that are kept. */
  public int tokenCount() {
    return tokenCount;
  }

  /** Gives its room back. */
  @Override
  public void close() {
    drop.run();
  }
}
