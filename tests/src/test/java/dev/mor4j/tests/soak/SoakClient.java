package dev.mor4j.tests.soak;

import dev.mor4j.engine.Embedding;
import dev.mor4j.engine.EmbeddingRequest;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBusyException;
import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.FinishReason;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.GenerationStatistics;
import dev.mor4j.engine.Token;
import dev.mor4j.engine.TokenStream;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.MixedRequests;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Makes random requests one after another: complete, cancelled, invalid and failing ones. One
 * thread.
 */
final class SoakClient {
  private static final List<GenerationRequest> REQUESTS = MixedRequests.of(1, 60);
  private static final int LONGEST_PATIENCE_NANOS = 40_000_000;

  private final Random random;
  private final Tally tally;

  SoakClient(long seed, Tally tally) {
    random = new Random(seed);
    this.tally = tally;
  }

  /** Makes a request and waits for its end. */
  void once(SoakEngine engine) {
    tally.begin();
    int fate = random.nextInt(100);
    try {
      tally.end(
          fate < 5
              ? bad(engine)
              : fate < 25
                  ? cancelled(engine.engine())
                  : fate < 35 ? embedded(engine) : whole(engine));
    } catch (EngineBusyException busy) {
      tally.end("QUEUE_FULL");
    } catch (EngineException failure) {
      tally.end("FAILED");
      tally.fault("failed", String.valueOf(failure.getMessage()));
    }
  }

  private String whole(SoakEngine engine) {
    int number = random.nextInt(REQUESTS.size());
    GenerationRequest request = REQUESTS.get(number);
    Answer answer = Answer.to(request, engine.engine());
    if (answer.reason() != FinishReason.LENGTH && answer.reason() != FinishReason.END_OF_TEXT) {
      tally.fault("reason", "a request that was not cancelled ended with " + answer.reason());
    }
    List<Integer> before = engine.answers().putIfAbsent(number, answer.ids());
    if (engine.isDeterministic() && before != null && !before.equals(answer.ids())) {
      tally.fault("answer", "%s once, %s later".formatted(before, answer.ids()));
    }
    return answer.reason().name();
  }

  private String embedded(SoakEngine engine) {
    int number = random.nextInt(REQUESTS.size());
    EmbeddingRequest request = EmbeddingRequest.of(REQUESTS.get(number).prompt());
    Embedding embedding = engine.engine().embed(request).join();
    Embedding before = engine.embeddings().putIfAbsent(number, embedding);
    if (engine.isDeterministic() && before != null && !before.equals(embedding)) {
      tally.fault("embedding", "%s once, %s later".formatted(before, embedding));
    }
    return "EMBEDDED";
  }

  private String bad(SoakEngine engine) {
    GenerationRequest.Builder builder = GenerationRequest.builder().prompt("Once").maxTokens(1);
    GenerationRequest request =
        switch (random.nextInt(4)) {
          case 0 -> builder.prompt("far too long ".repeat(200)).build();
          case 1 -> builder.stopTokens(1 << 24).build();
          case 2 -> builder.routing(RoutingMode.parse("top-k")).build();
          default -> builder.build();
        };
    try {
      engine
          .engine()
          .generate(
              request,
              token -> {
                throw new IllegalStateException("a callback that fails");
              })
          .join();
    } catch (InvalidConfigException refusal) {
      return "REFUSED";
    } catch (CompletionException failure) {
      return "CALLBACK_FAILED";
    }
    tally.fault("accepted", "a bad request was accepted");
    return "ACCEPTED";
  }

  private String cancelled(Engine engine) {
    GenerationRequest request = REQUESTS.get(random.nextInt(REQUESTS.size()));
    return switch (random.nextInt(5)) {
      case 0 -> closedStream(engine, request);
      case 1 -> interruptedReader(engine, request);
      case 2 -> cancelledFuture(engine, request);
      case 3 -> cancelledEmbedding(engine, request);
      default -> cancelledSubscription(engine, request);
    };
  }

  private String closedStream(Engine engine, GenerationRequest request) {
    try (TokenStream stream = engine.generate(request)) {
      later(stream::close);
      return Answer.of(stream).reason().name();
    }
  }

  private String interruptedReader(Engine engine, GenerationRequest request) {
    try (TokenStream stream = engine.generate(request)) {
      Thread reader = Thread.currentThread();
      Thread interrupting = later(reader::interrupt);
      try {
        stream.forEach(token -> {});
      } catch (EngineException interrupted) {
        // the interrupt that this request tests
      }
      LockSupport.unpark(interrupting);
      joined(interrupting);
      boolean _ = Thread.interrupted();
      return Answer.of(stream).reason().name();
    }
  }

  /** Waits even if the thread interrupts this one. */
  private static void joined(Thread thread) {
    boolean isInterrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException again) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private String cancelledFuture(Engine engine, GenerationRequest request) {
    CompletableFuture<GenerationStatistics> outcome = engine.generate(request, token -> {});
    later(() -> outcome.cancel(false));
    try {
      return outcome.join().finishReason().name();
    } catch (CancellationException cancelled) {
      return FinishReason.CANCELLED.name();
    }
  }

  private String cancelledEmbedding(Engine engine, GenerationRequest request) {
    CompletableFuture<Embedding> outcome = engine.embed(EmbeddingRequest.of(request.prompt()));
    later(() -> outcome.cancel(false));
    try {
      outcome.join();
      return "EMBEDDED";
    } catch (CancellationException cancelled) {
      return FinishReason.CANCELLED.name();
    }
  }

  private String cancelledSubscription(Engine engine, GenerationRequest request) {
    CompletableFuture<String> end = new CompletableFuture<>();
    engine
        .publish(request)
        .subscribe(
            new Flow.Subscriber<Token>() {
              private Flow.@Nullable Subscription given;

              @Override
              public void onSubscribe(Flow.Subscription subscription) {
                given = subscription;
                subscription.request(1 + random.nextInt(6));
                later(
                    () -> {
                      subscription.cancel();
                      end.complete(FinishReason.CANCELLED.name());
                    });
              }

              @Override
              public void onNext(Token token) {
                if (given != null && token.depth() == 0) {
                  given.request(1);
                }
              }

              @Override
              public void onError(Throwable failure) {
                end.complete(failure instanceof EngineBusyException ? "QUEUE_FULL" : "FAILED");
              }

              @Override
              public void onComplete() {
                end.complete("COMPLETED");
              }
            });
    return end.join();
  }

  private Thread later(Runnable action) {
    int patience = random.nextInt(LONGEST_PATIENCE_NANOS);
    return Thread.startVirtualThread(
        () -> {
          LockSupport.parkNanos(patience);
          action.run();
        });
  }
}
