package dev.mor4j.tests.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Token;
import dev.mor4j.engine.TokenStream;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tokens as a reactive publisher gives them: never more than asked for. */
@Timeout(60)
class PublisherTest {
  private static final GenerationRequest TEXT = OpenEngine.request("A bird sang", 12);

  private @TempDir Path folder;
  private Path file = Path.of("");

  /** Notes what it gets and asks for nothing by itself. */
  private static final class Noting implements Flow.Subscriber<Token> {
    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
    private final BlockingQueue<Token> tokens = new LinkedBlockingQueue<>();
    private final CompletableFuture<List<Token>> end = new CompletableFuture<>();

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription.complete(given);
    }

    @Override
    public void onNext(Token token) {
      tokens.add(token);
    }

    @Override
    public void onError(Throwable failure) {
      end.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      end.complete(List.copyOf(tokens));
    }

    Flow.Subscription subscription() {
      return subscription.join();
    }
  }

  @BeforeEach
  void writeModel() throws IOException {
    file = Models.tiny(folder);
  }

  @Test
  void givesOneTokenForOneAskedFor() throws Exception {
    Noting subscriber = new Noting();
    try (OpenEngine open = OpenEngine.of(file)) {
      List<Token> expected = Answer.to(TEXT, open.engine()).tokens();
      open.engine().publish(TEXT).subscribe(subscriber);

      for (Token token : expected) {
        assertThat(subscriber.tokens).isEmpty();
        subscriber.subscription().request(1);
        assertThat(subscriber.tokens.take()).isEqualTo(token);
      }

      subscriber.end.join();
      assertThat(subscriber.tokens).as("after the last one").isEmpty();
    }
  }

  @Test
  void keepsWhatNobodyAskedForYet() throws Exception {
    Noting subscriber = new Noting();
    try (OpenEngine open = OpenEngine.of(file)) {
      open.engine().publish(TEXT).subscribe(subscriber);
      subscriber.subscription().request(3);
      for (int i = 0; i < 3; i++) {
        subscriber.tokens.take();
      }
      open.untilIdle();
      assertThat(subscriber.tokens).isEmpty();

      subscriber.subscription().request(Long.MAX_VALUE);
      subscriber.subscription().request(Long.MAX_VALUE);

      assertThat(subscriber.end.join()).hasSize(9);
    }
  }

  @Test
  void everySubscriberHasATextOfItsOwn() throws IOException {
    Noting one = new Noting();
    Noting other = new Noting();
    try (OpenEngine open =
        OpenEngine.of(file, builder -> builder.parallel(2).deterministic(true))) {
      Flow.Publisher<Token> publisher = open.engine().publish(TEXT);
      publisher.subscribe(one);
      publisher.subscribe(other);
      one.subscription().request(100);
      other.subscription().request(100);

      assertThat(one.end.join()).hasSize(12).isEqualTo(other.end.join());
    }
  }

  @Test
  void cancellingEndsTheText() throws Exception {
    Noting subscriber = new Noting();
    try (OpenEngine open = OpenEngine.of(file)) {
      open.engine().publish(OpenEngine.LONG_TEXT).subscribe(subscriber);
      subscriber.subscription().request(2);
      subscriber.tokens.take();

      subscriber.subscription().cancel();
      subscriber.subscription().cancel();

      assertThat(open.untilIdle().kvUsedBytes()).isZero();
      assertThat(subscriber.end).isNotDone();
    }
  }

  @Test
  void cancellingEndsATextThatWaits() throws IOException {
    Noting subscriber = new Noting();
    try (OpenEngine open = OpenEngine.of(file);
        TokenStream running = open.engine().generate(OpenEngine.LONG_TEXT)) {
      open.engine().publish(TEXT).subscribe(subscriber);
      open.until(metrics -> metrics.waiting() == 1);

      subscriber.subscription().cancel();

      assertThat(open.until(metrics -> metrics.waiting() == 0).running()).isEqualTo(1);
      assertThat(running.iterator().hasNext()).isTrue();
    }
  }

  @Test
  void refusesToGiveNothing() throws IOException {
    Noting subscriber = new Noting();
    try (OpenEngine open = OpenEngine.of(file)) {
      open.engine().publish(OpenEngine.LONG_TEXT).subscribe(subscriber);

      subscriber.subscription().request(0);

      assertThatThrownBy(subscriber.end::join)
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("demand: expected 1 or more, found 0");
      assertThat(open.untilIdle().kvUsedBytes()).isZero();
    }
  }

  @Test
  void tellsOfABadRequest() throws IOException {
    Noting subscriber = new Noting();
    try (OpenEngine open = OpenEngine.of(file, builder -> builder.contextSize(4))) {
      open.engine().publish(TEXT).subscribe(subscriber);

      assertThatThrownBy(subscriber.end::join)
          .cause()
          .isInstanceOf(InvalidConfigException.class)
          .hasMessageContaining("at most 4 tokens");
    }
  }
}
