package dev.mor4j.engine;

import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A generation for each subscriber, who sets the pace. */
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

  /** One subscriber's tokens, on a thread of its own. */
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

    /** One at a time: together they could pass the semaphore's limit, which is an error. */
    private synchronized void add(long count) {
      int most = Integer.MAX_VALUE - demand.availablePermits();
      demand.release((int) Math.min(count, most));
    }

    @Override
    public void cancel() {
      isCancelled = true;
      stop();
    }

    /** Wakes the reading thread, whatever it waits for. */
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
        tell(failure);
        return;
      }
      IllegalArgumentException wrongDemand = refusal;
      if (wrongDemand != null) {
        tell(wrongDemand);
      } else if (!isCancelled) {
        subscriber.onComplete();
      }
    }

    private void tell(Exception failure) {
      if (!isCancelled) {
        subscriber.onError(failure);
      }
    }

    private void read(Supplier<TokenStream> source) throws InterruptedException {
      try (TokenStream opened = source.get()) {
        stream = opened;
        if (isStopped()) {
          return; // before there was a stream to close
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
