package dev.mor4j.tests.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.EngineBusyException;
import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.FinishReason;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.GenerationStatistics;
import dev.mor4j.engine.TokenStream;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.MixedRequests;
import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who waits gets a turn, a refusal, or an end; never silence. */
@Timeout(60)
class QueueTest {
  private @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void writeModel() throws IOException {
    file = Models.tiny(folder);
  }

  @Test
  void refusesWhatIsTooMuchInOneLine() throws IOException {
    try (OpenEngine open = OpenEngine.of(file, builder -> builder.parallel(2).queueSize(1))) {
      List<TokenStream> all =
          Stream.generate(() -> open.engine().generate(OpenEngine.LONG_TEXT)).limit(3).toList();

      assertThatThrownBy(() -> open.engine().generate(OpenEngine.LONG_TEXT))
          .isInstanceOfSatisfying(
              EngineBusyException.class, busy -> assertThat(busy.limit()).isEqualTo(3))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("3 requests")
          .hasMessageNotContaining("\n");

      all.getFirst().close();
      open.until(metrics -> metrics.waiting() == 0);
      try (TokenStream _ = open.engine().generate(OpenEngine.LONG_TEXT)) {
        assertThat(open.engine().metrics().waiting()).isEqualTo(1);
      }
      all.forEach(TokenStream::close);
    }
  }

  @Test
  void closingTheEngineEndsAllThatRunAndWait() throws IOException {
    try (OpenEngine open = OpenEngine.of(file, builder -> builder.parallel(4))) {
      List<TokenStream> all =
          Stream.generate(() -> open.engine().generate(OpenEngine.LONG_TEXT)).limit(40).toList();
      assertThat(all.getFirst().iterator().hasNext()).isTrue();

      open.engine().close();

      assertThat(all).allMatch(stream -> Answer.of(stream).reason() == FinishReason.CANCELLED);
      assertThatThrownBy(() -> open.engine().generate(OpenEngine.LONG_TEXT))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the engine is closed");
    }
  }

  @Test
  void manyThreadsGetTheirOwnAnswers() throws Exception {
    List<GenerationRequest> requests = MixedRequests.of(3, 200);
    try (OpenEngine open =
            OpenEngine.of(file, builder -> builder.parallel(16).deterministic(true));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> answers = new ArrayList<>();
      for (GenerationRequest request : requests) {
        answers.add(threads.submit(() -> Answer.to(request, open.engine())));
      }

      for (int i = 0; i < requests.size(); i++) {
        Answer answer = answers.get(i).get();
        assertThat(answer.reason()).isEqualTo(FinishReason.LENGTH);
        assertThat(answer.tokens()).hasSize(requests.get(i).maxTokens());
        assertThat(answer.statistics().promptTokens()).isEqualTo(requests.get(i).prompt().length());
      }
      for (int i = 0; i < 5; i++) {
        assertThat(Answer.to(requests.get(i), open.engine()).tokens())
            .isEqualTo(answers.get(i).get().tokens());
      }
    }
  }

  @Test
  void oneBadRequestDoesNotHarmOthers() throws IOException {
    GenerationRequest bad =
        GenerationRequest.builder().prompt("a").stopTokens(256).maxTokens(1).build();
    try (OpenEngine open = OpenEngine.of(file, builder -> builder.queueSize(1))) {
      for (int i = 0; i < 10; i++) {
        assertThatThrownBy(() -> open.engine().generate(bad))
            .hasMessageContaining("token ids 0..255")
            .hasMessageNotContaining("\n");
      }

      assertThat(Answer.to(OpenEngine.request("good", 3), open.engine()).tokens()).hasSize(3);
    }
  }

  @Test
  void promptsThatWaitTogetherFillABatchLongerThanTheContext() throws Exception {
    UnaryOperator<EngineBuilder> options =
        builder -> builder.contextSize(17).parallel(4).kvCacheBytes(1 << 20);
    CountDownLatch isHeld = new CountDownLatch(1);
    CountDownLatch allSubmitted = new CountDownLatch(1);
    try (OpenEngine open = OpenEngine.of(file, options)) {
      List<CompletableFuture<GenerationStatistics>> texts = new ArrayList<>();
      texts.add(
          open.engine()
              .generate(
                  deepPrompt(0, 1),
                  token -> {
                    isHeld.countDown();
                    awaited(allSubmitted);
                  }));
      isHeld.await();
      for (int i = 1; i <= 4; i++) {
        texts.add(open.engine().generate(deepPrompt(i, 16), token -> {}));
      }
      allSubmitted.countDown();
      CompletableFuture.allOf(texts.toArray(CompletableFuture[]::new)).get();

      assertThat(open.untilIdle().passes()).isEqualTo(3 + 3);
    }
  }

  /** Takes three passes, and begins like no other. */
  private static GenerationRequest deepPrompt(int seed, int length) {
    return GenerationRequest.builder()
        .promptTokens(new SplittableRandom(seed).ints(length, 0, 200).toArray())
        .maxTokens(1)
        .routing(RoutingMode.parse("fixed:3"))
        .build();
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
