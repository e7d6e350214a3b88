package dev.mor4j.engine;

import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Starts a generation for each subscriber and delivers tokens as they are requested. */
final class TokenPublisher implements Flow.Publisher<Token> {
  private final Supplier<TokenStream> source;

  TokenPublisher(Supplier<TokenStream> source) {
    this.source = source;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super Token> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    Reading reading = new Reading(subscriber);
    Thread.ofVirtual().name("mor-publisher").start(() -> reading.run(source));
  }

  /** The subscription of one subscriber, with a virtual thread of its own. */
  private static final class Reading implements Flow.Subscription {
    private final Flow.Subscriber<? super Token> subscriber;
    private final Semaphore demand = new Semaphore(0);
    private volatile @Nullable TokenStream stream;
    private volatile boolean isCancelled;
    private volatile @Nullable IllegalArgumentException refusal;

    Reading(Flow.Subscriber<? super Token> subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public void request(long count) {
      if (count < 1) {
        refusal = new IllegalArgumentException("demand: expected 1 or more, found " + count);
        stop();
        return;
      }
      add(count);
    }

    /** Synchronized, because concurrent additions could exceed the semaphore's limit. */
    private synchronized void add(long count) {
      int room = Integer.MAX_VALUE - demand.availablePermits();
      demand.release((int) Math.min(count, room));
    }

    @Override
    public void cancel() {
      isCancelled = true;
      stop();
    }

    /** Wakes the delivering thread, which waits for a token or for demand. */
    private void stop() {
      TokenStream running = stream;
      if (running != null) {
        running.close();
      }
      add(1);
    }

    private boolean isStopped() {
      return isCancelled || refusal != null;
    }

    void run(Supplier<TokenStream> source) {
      try {
        subscriber.onSubscribe(this);
        if (!isStopped()) {
          read(source);
        }
      } catch (InterruptedException | RuntimeException failure) {
        fail(failure);
        return;
      }
      IllegalArgumentException wrongDemand = refusal;
      if (wrongDemand != null) {
        fail(wrongDemand);
      } else if (!isCancelled) {
        subscriber.onComplete();
      }
    }

    private void fail(Exception failure) {
      if (!isCancelled) {
        subscriber.onError(failure);
      }
    }

    private void read(Supplier<TokenStream> source) throws InterruptedException {
      try (TokenStream opened = source.get()) {
        stream = opened;
        if (isStopped()) {
          return; // cancelled before the stream was opened
        }
        for (Token token : opened) {
          demand.acquire();
          if (isStopped()) {
            return;
          }
          subscriber.onNext(token);
        }
      }
    }
  }
}
