package dev.mor4j.engine;

import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/** A generation for each subscriber, who sets the pace. */
final class TokenPublisher implements Flow.Publisher<Token> {
  private final Supplier<TokenStream> source;

  TokenPublisher(Supplier<TokenStream> source) {
    this.source = source;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super Token> subscriber) {
    Reading reading = new Reading(subscriber);
    Thread thread = Thread.ofVirtual().name("mor-publisher").unstarted(() -> reading.run(source));
    reading.thread = thread;
    thread.start();
  }

  /** One subscriber's tokens, on a thread of its own. */
  private static final class Reading implements Flow.Subscription {
    private final Flow.Subscriber<? super Token> subscriber;
    private final Semaphore demand = new Semaphore(0);
    private Thread thread = Thread.currentThread();
    private volatile boolean isCancelled;
    private volatile long refusedDemand = 1;

    Reading(Flow.Subscriber<? super Token> subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public void request(long count) {
      if (count < 1) {
        refusedDemand = count;
        thread.interrupt();
        return;
      }
      int most = Integer.MAX_VALUE - demand.availablePermits();
      demand.release((int) Math.min(count, most));
    }

    @Override
    public void cancel() {
      isCancelled = true;
      thread.interrupt();
    }

    void run(Supplier<TokenStream> source) {
      subscriber.onSubscribe(this);
      try (TokenStream stream = source.get()) {
        for (Token token : stream) {
          demand.acquire();
          if (isCancelled) {
            return;
          }
          subscriber.onNext(token);
        }
        subscriber.onComplete();
      } catch (InterruptedException | RuntimeException failure) {
        if (!isCancelled) {
          subscriber.onError(cause(failure));
        }
      }
    }

    private Exception cause(Exception failure) {
      return refusedDemand < 1
          ? new IllegalArgumentException(
              "demand: expected 1 or more, found " + refusedDemand, failure)
          : failure;
    }
  }
}
