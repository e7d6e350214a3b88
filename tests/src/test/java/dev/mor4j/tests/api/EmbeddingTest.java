package dev.mor4j.tests.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.Embedding;
import dev.mor4j.engine.EmbeddingRequest;
import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.Pooling;
import dev.mor4j.engine.PromptPrefix;
import dev.mor4j.engine.TokenStream;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.TensorId;
import dev.mor4j.model.TensorRole;
import dev.mor4j.tests.fixtures.MixedRequests;
import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Embeddings come, end early and are refused as texts are. */
@Timeout(60)
class EmbeddingTest {
  private static final EmbeddingRequest SHORT = EmbeddingRequest.of("a short text");

  private @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void writeModel() throws IOException {
    file = Models.tiny(folder);
  }

  @Test
  void theHeadIsLeftOut() throws IOException {
    Set<String> matrices = ConcurrentHashMap.newKeySet();
    try (OpenEngine open =
        OpenEngine.of(
            file,
            builder -> builder.observer((matrix, step, squares, rows) -> matrices.add(matrix)))) {
      open.engine().embed(SHORT).join();

      // a tied head goes by the name of the token embedding
      assertThat(matrices)
          .isNotEmpty()
          .doesNotContain(
              TensorId.of(TensorRole.OUTPUT).name(),
              TensorId.of(TensorRole.TOKEN_EMBEDDING).name());
    }
  }

  @Test
  void theLastTokensVectorTakesAKeptBeginningOver() throws IOException {
    EmbeddingRequest request =
        EmbeddingRequest.builder()
            .text(MixedRequests.BEGINNING + "a bird.")
            .pooling(Pooling.LAST)
            .build();
    try (OpenEngine open = OpenEngine.of(file, builder -> builder.deterministic(true))) {
      Embedding without = open.engine().embed(request).join();
      try (PromptPrefix prefix = open.engine().keepPrefix(MixedRequests.BEGINNING)) {
        Embedding with = open.engine().embed(request).join();

        assertThat(with).isEqualTo(without);
        assertThat(open.untilIdle().sharedTokens()).isEqualTo(prefix.tokenCount());
      }
    }
  }

  @Test
  void waitsForItsTurnAndEndsWhenItIsCancelled() throws IOException {
    try (OpenEngine open = OpenEngine.of(file);
        TokenStream running = open.engine().generate(OpenEngine.LONG_TEXT)) {
      assertThat(running.iterator().hasNext()).isTrue();
      CompletableFuture<Embedding> waiting = open.engine().embed(SHORT);
      assertThat(open.engine().metrics().waiting()).isEqualTo(1);

      waiting.cancel(true);

      assertThat(open.until(metrics -> metrics.waiting() == 0).running()).isEqualTo(1);
    }
  }

  @Test
  void failsWhenItsTimeIsOverOrTheEngineCloses() throws IOException {
    try (OpenEngine open = OpenEngine.of(file);
        TokenStream running = open.engine().generate(OpenEngine.LONG_TEXT)) {
      assertThat(running.iterator().hasNext()).isTrue();
      CompletableFuture<Embedding> late =
          open.engine()
              .embed(
                  EmbeddingRequest.builder().text("late").timeLimit(Duration.ofNanos(1)).build());
      CompletableFuture<Embedding> waiting = open.engine().embed(SHORT);

      assertThatThrownBy(late::get)
          .hasCauseInstanceOf(EngineException.class)
          .hasMessageContaining("time limit");
      open.engine().close();
      assertThatThrownBy(waiting::get)
          .hasCauseInstanceOf(EngineException.class)
          .hasMessageContaining("cancelled");
    }
  }

  @Test
  void maySeeTheEngineFromItsOutcome() throws IOException {
    try (OpenEngine open = OpenEngine.of(file)) {
      long computed =
          open.engine()
              .embed(SHORT)
              .thenApply(embedding -> open.engine().metrics().computedTokens())
              .join();

      assertThat(computed).isEqualTo("a short text".length());
    }
  }

  @Test
  void refusesWhatDoesNotFit() throws IOException {
    try (OpenEngine open = OpenEngine.of(file, builder -> builder.contextSize(8))) {
      assertThatThrownBy(() -> open.engine().embed(EmbeddingRequest.of("more than eight")))
          .isInstanceOf(InvalidConfigException.class)
          .hasMessageContaining("at most 8 tokens");
      EmbeddingRequest unknown = EmbeddingRequest.builder().tokens(3, 256).build();
      assertThatThrownBy(() -> open.engine().embed(unknown)).hasMessageContaining("0..255");
      assertThatThrownBy(() -> EmbeddingRequest.of(""))
          .hasMessageContaining("expected either a text or token ids, found none");
      assertThatThrownBy(() -> EmbeddingRequest.builder().text("a").tokens(1).build())
          .hasMessageContaining("found both");
      assertThatThrownBy(
              () -> EmbeddingRequest.builder().text("a").timeLimit(Duration.ZERO).build())
          .hasMessageContaining("time limit");
    }
  }
}
