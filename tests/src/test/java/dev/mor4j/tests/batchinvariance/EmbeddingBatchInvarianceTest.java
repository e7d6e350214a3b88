package dev.mor4j.tests.batchinvariance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.Embedding;
import dev.mor4j.engine.EmbeddingRequest;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.engine.Pooling;
import dev.mor4j.engine.TokenStream;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.MixedRequests;
import dev.mor4j.tests.fixtures.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Embeddings are batch-invariant too, and do not change the generations in their batches. */
class EmbeddingBatchInvarianceTest {
  private static final List<GenerationRequest> TEXTS = MixedRequests.of(5, 12);

  private @TempDir Path folder;

  private static EngineBuilder builder(Model model, int parallel) {
    return Engine.builder(model)
        .contextSize(MixedRequests.LONGEST)
        .batchSize(32)
        .threads(1)
        .deterministic(true)
        .parallel(parallel);
  }

  private static EmbeddingRequest request(int index) {
    Pooling pooling =
        switch (index % 3) {
          case 0 -> Pooling.NONE;
          case 1 -> Pooling.MEAN;
          default -> Pooling.LAST;
        };
    return EmbeddingRequest.builder().text(TEXTS.get(index).prompt()).pooling(pooling).build();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.mor4j.tests.batchinvariance.BatchInvarianceTest#models")
  void doesNotDependOnOtherRequests(String name, TinyModel tiny) throws IOException {
    Path file = tiny.withTokenizer().write(folder.resolve("tiny.gguf"));
    try (Model model = Model.load(file)) {
      List<Embedding> alone = new ArrayList<>();
      List<Answer> textsAlone = new ArrayList<>();
      try (Engine engine = builder(model, 1).build()) {
        for (int i = 0; i < TEXTS.size(); i++) {
          alone.add(engine.embed(request(i)).join());
          textsAlone.add(Answer.to(TEXTS.get(i), engine));
        }
      }

      try (Engine engine = builder(model, 8).build()) {
        List<CompletableFuture<Embedding>> together = new ArrayList<>();
        List<TokenStream> streams = new ArrayList<>();
        for (int i = 0; i < TEXTS.size(); i++) {
          streams.add(engine.generate(TEXTS.get(i)));
          together.add(engine.embed(request(i)));
        }
        int[] scored = model.encode(TEXTS.getFirst().prompt());
        engine.evaluate(new EvaluationRequest(scored, RoutingMode.TRAINED, 0));

        assertThat(together.stream().map(CompletableFuture::join).toList()).isEqualTo(alone);
        for (int i = 0; i < TEXTS.size(); i++) {
          assertThat(Answer.of(streams.get(i)).tokens()).isEqualTo(textsAlone.get(i).tokens());
        }
      }
    }
  }
}
