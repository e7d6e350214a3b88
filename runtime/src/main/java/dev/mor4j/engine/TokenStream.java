package dev.mor4j.engine;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one generation, in order, as they are generated. Any thread may read, one at a
 * time. {@link #close} or an interrupt of the reading thread ends the generation before the engine
 * computes its next batch.
 */
public final class TokenStream implements Iterable<Token>, AutoCloseable {
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private volatile @Nullable GenerationTask task;
  private @Nullable Event next;
  private @Nullable GenerationStatistics statistics;

  private sealed interface Event {
    record Emitted(Token token) implements Event {}

    record Finished(GenerationStatistics statistics) implements Event {}

    record Failed(Throwable cause) implements Event {}
  }

  TokenStream() {}

  /** Adds a token; called by the engine's thread. */
  void add(Token token) {
    events.add(new Event.Emitted(token));
  }

  /** Takes the end of the stream from the outcome of a task, whose tokens are added before it. */
  void follow(GenerationTask generation) {
    task = generation;
    var _ =
        generation
            .outcome()
            .whenComplete(
                (outcome, failure) ->
                    events.add(
                        failure == null ? new Event.Finished(outcome) : new Event.Failed(failure)));
  }

  /**
   * An iterator over the tokens that are not read yet; all iterators share one position.
   *
   * <p>{@code hasNext} waits for the next token. It throws {@link EngineException} if the
   * generation failed or the thread is interrupted.
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
      case Event.Failed(Throwable cause) ->
          throw new EngineException(String.valueOf(cause.getMessage()), cause);
    }
    return next;
  }

  private Event take() {
    try {
      return events.take();
    } catch (InterruptedException interrupted) {
      close();
      Thread.currentThread().interrupt();
      throw new EngineException("interrupted while waiting for a token", interrupted);
    }
  }

  /**
   * The statistics of the generation.
   *
   * @throws IllegalStateException if the tokens have not been read to the end
   */
  public GenerationStatistics statistics() {
    if (statistics == null) {
      throw new IllegalStateException("expected all tokens to be read before the statistics");
    }
    return statistics;
  }

  /** Ends the generation if it has not finished; tokens generated before can still be read. */
  @Override
  public void close() {
    GenerationTask running = task;
    if (running != null) {
      running.cancel();
    }
  }
}
