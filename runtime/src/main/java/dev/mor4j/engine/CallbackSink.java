package dev.mor4j.engine;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Hands tokens to a callback, and the outcome to a future, on a thread of its own: what follows
 * there may take its time, or close the engine.
 */
final class CallbackSink implements TokenSink {
  private final Consumer<Token> reader;
  private final CompletableFuture<GenerationStatistics> outcome = new CompletableFuture<>();

  CallbackSink(Consumer<Token> reader) {
    this.reader = reader;
  }

  CompletableFuture<GenerationStatistics> outcome() {
    return outcome;
  }

  @Override
  public void emit(Token token) {
    reader.accept(token);
  }

  @Override
  public void finish(GenerationStatistics statistics) {
    Thread.startVirtualThread(() -> outcome.complete(statistics));
  }

  @Override
  public void fail(RuntimeException cause) {
    Thread.startVirtualThread(() -> outcome.completeExceptionally(cause));
  }
}
