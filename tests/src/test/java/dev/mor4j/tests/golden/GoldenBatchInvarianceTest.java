package dev.mor4j.tests.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.ByteTokenizer;
import dev.mor4j.tests.fixtures.MixedRequests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Deterministic engines are batch-invariant with the golden models: those in the repository, or
 * those in the folder {@code -Dgolden.folder=DIR}.
 */
class GoldenBatchInvarianceTest {
  private static final List<GenerationRequest> REQUESTS = MixedRequests.of(7, 32);

  private @TempDir Path scratch;

  @TestFactory
  Stream<DynamicTest> answersDoNotDependOnTheBatch() throws IOException {
    return GoldenFolder.in(GoldenTest.goldenFolder()).stream()
        .filter(folder -> !folder.isRefused())
        .map(folder -> dynamicTest(folder.name(), () -> check(folder)));
  }

  private void check(GoldenFolder folder) throws IOException {
    Path own = Files.createDirectory(scratch.resolve(folder.name() + "-scratch"));
    Path file = ByteTokenizer.addedTo(folder.convert(own), own.resolve("writes.gguf"));

    try (Model model = Model.load(file)) {
      List<List<?>> alone = answers(builder(model).parallel(1));

      for (int parallel : new int[] {3, 8, 32}) {
        assertThat(answers(builder(model).parallel(parallel))).isEqualTo(alone);
      }
      assertThat(answers(builder(model).parallel(8).kvCacheBytes(1).batchSize(7))).isEqualTo(alone);
    }
  }

  private static EngineBuilder builder(Model model) {
    return Engine.builder(model).contextSize(MixedRequests.LONGEST).threads(1).deterministic(true);
  }

  private static List<List<?>> answers(EngineBuilder builder) {
    try (Engine engine = builder.build()) {
      return Answer.toAll(REQUESTS, engine).stream()
          .<List<?>>map(answer -> List.of(answer.tokens(), answer.reason()))
          .toList();
    }
  }
}
