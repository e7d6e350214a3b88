package dev.mor4j.engine;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Tokens as they come. Any thread may read, one at a time; {@link #close} or an interrupt of the
 * reader ends the generation before the next stage of the forward pass.
 */
public final class TokenStream implements Iterable<Token>, AutoCloseable {
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final Runnable cancel;
  private @Nullable Event next;
  private @Nullable GenerationStatistics statistics;

  private sealed interface Event {
    record Emitted(Token token) implements Event {}

    record Finished(GenerationStatistics statistics) implements Event {}

    record Failed(RuntimeException cause) implements Event {}
  }

  TokenStream(Runnable cancel) {
    this.cancel = cancel;
  }

  /** The engine's end of the stream. */
  TokenSink sink() {
    return new TokenSink() {
      @Override
      public void emit(Token token) {
        events.add(new Event.Emitted(token));
      }

      @Override
      public void finish(GenerationStatistics outcome) {
        events.add(new Event.Finished(outcome));
      }

      @Override
      public void fail(RuntimeException cause) {
        events.add(new Event.Failed(cause));
      }
    };
  }

  /**
   * The tokens from here on; there is one sequence of tokens, whoever asks.
   *
   * <p>{@code hasNext} waits for the next token. It throws {@link EngineException} if the
   * generation failed.
   */
  @Override
  public Iterator<Token> iterator() {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return peek() instanceof Event.Emitted;
      }

      @Override
      public Token next() {
        if (peek() instanceof Event.Emitted(Token token)) {
          next = null;
          return token;
        }
        throw new NoSuchElementException("the generation has ended");
      }
    };
  }

  private Event peek() {
    if (next == null) {
      next = take();
    }
    switch (next) {
      case Event.Emitted unread -> {}
      case Event.Finished(GenerationStatistics outcome) -> statistics = outcome;
      case Event.Failed(RuntimeException cause) ->
          throw new EngineException(String.valueOf(cause.getMessage()), cause);
    }
    return next;
  }

  private Event take() {
    try {
      return events.take();
    } catch (InterruptedException interrupted) {
      cancel.run();
      Thread.currentThread().interrupt();
      throw new EngineException("interrupted while waiting for a token", interrupted);
    }
  }

  /**
   * What the generation took.
   *
   * @throws IllegalStateException if tokens are still to be read
   */
  public GenerationStatistics statistics() {
    if (statistics == null) {
      throw new IllegalStateException("read the tokens to their end first");
    }
    return statistics;
  }

  /** Ends the generation if it still runs. */
  @Override
  public void close() {
    cancel.run();
  }
}
