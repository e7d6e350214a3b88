package dev.mor4j.tests.lifetime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.engine.FinishReason;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.engine.Token;
import dev.mor4j.engine.TokenStream;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Models, engines and streams may be closed in any order, from any thread, and nobody waits. */
@Timeout(60)
@SuppressWarnings("try") // closing early, or twice, is what these tests are about
class EngineLifetimeTest {
  private static final EvaluationRequest SOME_TOKENS =
      new EvaluationRequest(new int[] {1, 2, 3}, RoutingMode.TRAINED, 0);

  /** Far more than a test waits for; the context holds it. */
  private static final GenerationRequest LONG_TEXT =
      GenerationRequest.builder().prompt("a").maxTokens(100_000).temperature(1).seed(1).build();

  private @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void writeModel() throws IOException {
    file =
        TinyModel.of(TinyConfigs.expertChoice(KvPolicy.PER_STEP), TinyOptions.plain(1))
            .withTokenizer()
            .write(folder.resolve("tiny.gguf"));
  }

  private static Engine engine(Model model) {
    return Engine.builder(model).contextSize(200_000).threads(1).build();
  }

  @Test
  void aModelClosedFirstServesItsEnginesOn() throws IOException {
    Model model = Model.load(file);
    try (Engine engine = engine(model)) {
      float[] before = engine.evaluate(SOME_TOKENS).logits();

      model.close();

      assertThat(engine.evaluate(SOME_TOKENS).logits()).isEqualTo(before);
    }
    assertThatThrownBy(() -> engine(model).close())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("model is closed");
  }

  @Test
  void closingTwiceIsClosingOnce() throws IOException {
    try (Model model = Model.load(file);
        Engine engine = engine(model)) {
      engine.close();
      engine.close();
      model.close();
      model.close();

      assertThatThrownBy(() -> engine.evaluate(SOME_TOKENS))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("engine is closed");
    }
  }

  @Test
  void closingTheEngineEndsTheTextThatItWrites() throws IOException {
    try (Model model = Model.load(file);
        Engine engine = engine(model);
        TokenStream stream = engine.generate(LONG_TEXT)) {
      Iterator<Token> tokens = stream.iterator();
      assertThat(tokens.hasNext()).isTrue();

      engine.close();

      tokens.forEachRemaining(token -> {});
      assertThat(stream.statistics().finishReason()).isEqualTo(FinishReason.CANCELLED);
    }
  }

  @Test
  void closingTheEngineEndsWhatStillWaits() throws IOException {
    try (Model model = Model.load(file);
        Engine engine = engine(model);
        TokenStream running = engine.generate(LONG_TEXT);
        TokenStream waiting = engine.generate(LONG_TEXT)) {
      assertThat(running.iterator().hasNext()).isTrue();

      engine.close();

      assertThat(running.iterator().hasNext()).as("what was written is still there").isTrue();
      Answer unheard = Answer.of(waiting);
      assertThat(unheard.reason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(unheard.tokens()).isEmpty();
    }
  }

  @Test
  void anyThreadMayCloseAStream() throws Exception {
    try (Model model = Model.load(file);
        Engine engine = engine(model);
        TokenStream stream = engine.generate(LONG_TEXT)) {
      Iterator<Token> tokens = stream.iterator();
      assertThat(tokens.hasNext()).isTrue();

      Thread.ofVirtual().start(stream::close).join();

      tokens.forEachRemaining(token -> {});
      assertThat(stream.statistics().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(engine.evaluate(SOME_TOKENS).depths()).hasSize(3);
    }
  }

  @Test
  void aClosedStreamDoesNotEndTheNextOne() throws IOException {
    GenerationRequest shortText =
        GenerationRequest.builder().prompt("a").maxTokens(5).seed(1).build();
    try (Model model = Model.load(file);
        Engine engine = engine(model)) {
      TokenStream closed = engine.generate(shortText);
      closed.forEach(token -> {});
      try (TokenStream next = engine.generate(shortText)) {
        closed.close();

        next.forEach(token -> {});
        assertThat(next.statistics().finishReason()).isEqualTo(FinishReason.LENGTH);
      }
    }
  }

  @Test
  void anInterruptedReaderEndsItsText() throws Exception {
    try (Model model = Model.load(file);
        Engine engine = engine(model);
        TokenStream stream = engine.generate(LONG_TEXT)) {
      CompletableFuture<String> message = new CompletableFuture<>();
      Thread reader =
          Thread.ofPlatform()
              .start(
                  () -> {
                    Thread.currentThread().interrupt();
                    try {
                      stream.forEach(token -> {});
                      message.complete("read to the end");
                    } catch (EngineException interrupted) {
                      message.complete(
                          interrupted.getMessage() + ", " + Thread.currentThread().isInterrupted());
                    }
                  });
      reader.join();

      assertThat(message.get()).isEqualTo("interrupted while waiting for a token, true");
      stream.forEach(token -> {});
      assertThat(stream.statistics().finishReason()).isEqualTo(FinishReason.CANCELLED);
    }
  }

  @Test
  void aFailedEngineLeavesTheModelUsable() throws IOException {
    try (Model model = Model.load(file)) {
      assertThatThrownBy(() -> Engine.builder(model).contextSize(0).build().close())
          .hasMessageContaining("context size");

      try (Engine engine = engine(model)) {
        assertThat(engine.evaluate(SOME_TOKENS).depths()).hasSize(3);
      }
    }
  }
}
