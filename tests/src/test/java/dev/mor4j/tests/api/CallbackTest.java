package dev.mor4j.tests.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.FinishReason;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.GenerationStatistics;
import dev.mor4j.engine.Token;
import dev.mor4j.engine.TokenStream;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Callbacks get what streams get, and harm nobody but themselves. */
@Timeout(60)
class CallbackTest {
  private static final GenerationRequest TEXT = OpenEngine.request("Under one leaf", 12);

  private @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void writeModel() throws IOException {
    file = Models.tiny(folder);
  }

  private OpenEngine two() throws IOException {
    return OpenEngine.of(file, builder -> builder.parallel(2).deterministic(true));
  }

  @Test
  void getsWhatAStreamGets() throws IOException {
    List<Token> tokens = new ArrayList<>();
    try (OpenEngine open = two()) {
      GenerationStatistics statistics = open.engine().generate(TEXT, tokens::add).join();

      Answer streamed = Answer.to(TEXT, open.engine());
      assertThat(tokens).isEqualTo(streamed.tokens());
      assertThat(statistics.generatedTokens()).isEqualTo(streamed.statistics().generatedTokens());
      assertThat(statistics.finishReason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void aSlowOneDelaysOthersOnly() throws IOException {
    CountDownLatch release = new CountDownLatch(1);
    try (OpenEngine open = two()) {
      Answer alone = Answer.to(TEXT, open.engine());
      CompletableFuture<GenerationStatistics> slow =
          open.engine().generate(OpenEngine.request("slow", 5), token -> await(release));
      TokenStream other = open.engine().generate(TEXT);
      release.countDown();

      assertThat(Answer.of(other).tokens()).isEqualTo(alone.tokens());
      assertThat(slow.join().generatedTokens()).isEqualTo(5);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  @Test
  void whatItThrowsEndsItsOwnTextOnly() throws IOException {
    RuntimeException thrown = new IllegalArgumentException("enough");
    try (OpenEngine open = two()) {
      TokenStream other = open.engine().generate(TEXT);
      CompletableFuture<GenerationStatistics> failing =
          open.engine().generate(OpenEngine.LONG_TEXT, throwing(thrown));

      assertThatThrownBy(failing::join).isInstanceOf(CompletionException.class).hasCause(thrown);
      assertThat(Answer.of(other).reason()).isEqualTo(FinishReason.LENGTH);
      assertThat(open.untilIdle().kvUsedBytes()).isZero();
    }
  }

  private static Consumer<Token> throwing(RuntimeException thrown) {
    return token -> {
      throw thrown;
    };
  }

  @Test
  void anErrorEndsItsOwnTextOnly() throws IOException {
    try (OpenEngine open = two()) {
      TokenStream other = open.engine().generate(TEXT);
      CompletableFuture<GenerationStatistics> failing =
          open.engine()
              .generate(
                  OpenEngine.LONG_TEXT,
                  token -> {
                    throw new AssertionError("not this token");
                  });

      assertThatThrownBy(failing::join)
          .cause()
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("not this token");
      assertThat(Answer.of(other).reason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void anInterruptFlagThatItLeavesSetIsCleared() throws IOException {
    try (OpenEngine open = two()) {
      GenerationStatistics first =
          open.engine().generate(TEXT, token -> Thread.currentThread().interrupt()).join();
      List<Boolean> isInterrupted = new ArrayList<>();
      GenerationStatistics second =
          open.engine()
              .generate(TEXT, token -> isInterrupted.add(Thread.currentThread().isInterrupted()))
              .join();

      assertThat(first.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(second.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(isInterrupted).hasSize(12).containsOnly(false);
    }
  }

  @Test
  void cancellingTheFutureEndsTheText() throws IOException {
    CountDownLatch begun = new CountDownLatch(1);
    try (OpenEngine open = two()) {
      CompletableFuture<GenerationStatistics> text =
          open.engine().generate(OpenEngine.LONG_TEXT, token -> begun.countDown());
      await(begun);

      assertThat(text.cancel(false)).isTrue();

      assertThat(open.untilIdle().kvUsedBytes()).isZero();
    }
  }

  @Test
  void aCallbackCannotWaitForItsOwnEngine() throws IOException {
    try (OpenEngine open = two()) {
      for (Runnable waiting :
          List.<Runnable>of(
              open.engine()::close, open.engine()::metrics, () -> open.engine().keepPrefix("a"))) {
        assertThatThrownBy(open.engine().generate(TEXT, token -> waiting.run())::join)
            .cause()
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("on another thread");
      }

      assertThat(Answer.to(TEXT, open.engine()).reason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void whatFollowsTheOutcomeMayCloseTheEngine() throws IOException {
    try (OpenEngine open = two()) {
      open.engine().generate(TEXT, token -> {}).thenRun(open.engine()::close).join();

      assertThatThrownBy(() -> open.engine().metrics()).hasMessageContaining("closed");
    }
  }

  @Test
  void aCallbackMayAskForTheNextText() throws IOException {
    CompletableFuture<GenerationStatistics> next = new CompletableFuture<>();
    try (OpenEngine open = two()) {
      var first =
          open.engine()
              .generate(
                  OpenEngine.request("first", 1),
                  token -> {
                    var _ =
                        open.engine().generate(TEXT, following -> {}).thenAccept(next::complete);
                  });

      assertThat(first.join().generatedTokens()).isEqualTo(1);
      assertThat(next.join().generatedTokens()).isEqualTo(12);
    }
  }
}
