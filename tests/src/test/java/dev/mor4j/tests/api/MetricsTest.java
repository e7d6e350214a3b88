package dev.mor4j.tests.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.EngineMetrics;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.GenerationStatistics;
import dev.mor4j.engine.PromptPrefix;
import dev.mor4j.engine.TokenStream;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.MixedRequests;
import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the engine counts is the sum of what its requests took. */
@Timeout(60)
class MetricsTest {
  /** No two begin alike for long, so nothing is shared. */
  private static final List<GenerationRequest> REQUESTS =
      IntStream.range(0, 12)
          .mapToObj(i -> OpenEngine.request((char) ('a' + i) + " leaf fell".repeat(i), 5 + i))
          .toList();

  private @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void writeModel() throws IOException {
    file = Models.tiny(folder);
  }

  @Test
  void countsAddUp() throws IOException {
    try (OpenEngine open = OpenEngine.of(file, builder -> builder.parallel(5))) {
      List<GenerationStatistics> each =
          Answer.toAll(REQUESTS, open.engine()).stream().map(Answer::statistics).toList();

      EngineMetrics metrics = open.untilIdle();
      assertThat(metrics.preemptions()).as("a test in which nobody begins again").isZero();
      assertThat(metrics.generatedTokens())
          .isEqualTo(each.stream().mapToLong(GenerationStatistics::generatedTokens).sum());
      assertThat(metrics.computedTokens())
          .isEqualTo(
              each.stream()
                  .mapToLong(one -> one.depthCounts().stream().mapToLong(n -> n).sum())
                  .sum());
      assertThat(metrics.rowsByStep()).isEqualTo(rowsByStep(each));
      assertThat(metrics.meanBatchRows()).isGreaterThan(1);
      assertThat(metrics.sharedTokens()).isZero();
    }
  }

  private static List<Long> rowsByStep(List<GenerationStatistics> each) {
    List<Long> rows = new ArrayList<>(Collections.nCopies(3, 0L));
    for (GenerationStatistics one : each) {
      for (int depth = 1; depth <= 3; depth++) {
        for (int step = 0; step < depth; step++) {
          rows.set(step, rows.get(step) + one.depthCounts().get(depth));
        }
      }
    }
    return rows;
  }

  @Test
  void allKeysAndValuesAreGivenBack() throws IOException {
    try (OpenEngine open = OpenEngine.of(file, builder -> builder.parallel(5))) {
      assertThat(open.engine().metrics().kvUsedBytes()).isZero();
      List<TokenStream> all = REQUESTS.stream().map(open.engine()::generate).toList();
      all.get(3).close();
      all.get(11).close();

      all.forEach(Answer::of);

      EngineMetrics after = open.untilIdle();
      assertThat(after.kvUsedBytes()).isZero();
      assertThat(after.kvBytes().values()).allMatch(bytes -> bytes == 0);
    }
  }

  @Test
  void theMostKeysAndValuesOfATextAreThoseAtItsEnd() throws IOException {
    try (OpenEngine open = OpenEngine.of(file)) {
      Map<String, Long> most = Map.of();
      long mostUsed = 0;
      for (GenerationRequest request : REQUESTS) {
        Map<String, Long> kvBytes = Answer.to(request, open.engine()).statistics().kvBytes();
        most = larger(most, kvBytes);
        mostUsed = Math.max(mostUsed, kvBytes.values().stream().mapToLong(n -> n).sum());
      }

      EngineMetrics metrics = open.untilIdle();

      assertThat(metrics.kvUsedBytes()).isZero();
      assertThat(metrics.kvMostBytes()).isEqualTo(most);
      assertThat(metrics.kvMostUsedBytes()).isEqualTo(mostUsed);
    }
  }

  private static Map<String, Long> larger(Map<String, Long> left, Map<String, Long> right) {
    Map<String, Long> larger = new HashMap<>(left);
    right.forEach((part, bytes) -> larger.merge(part, bytes, Math::max));
    return larger;
  }

  @Test
  void sharedKeysAndValuesCountOnceAmongTheMost() throws IOException {
    GenerationRequest request = OpenEngine.request(MixedRequests.BEGINNING + "a bird", 4);
    try (OpenEngine open = OpenEngine.of(file, builder -> builder.parallel(2));
        PromptPrefix _ = open.engine().keepPrefix(MixedRequests.BEGINNING)) {
      long kept = open.engine().metrics().kvUsedBytes();

      long alone =
          Answer.to(request, open.engine()).statistics().kvBytes().values().stream()
              .mapToLong(n -> n)
              .sum();

      assertThat(kept).isPositive().isLessThan(alone);
      assertThat(open.untilIdle().kvMostUsedBytes()).isEqualTo(alone);
    }
  }

  @Test
  void keysAndValuesOfThoseThatRunAreCounted() throws IOException {
    try (OpenEngine open = OpenEngine.of(file, builder -> builder.parallel(2));
        TokenStream one = open.engine().generate(OpenEngine.request("one", 100_000));
        TokenStream other = open.engine().generate(OpenEngine.request("other", 100_000))) {
      assertThat(one.iterator().hasNext()).isTrue();
      assertThat(other.iterator().hasNext()).isTrue();

      EngineMetrics metrics = open.engine().metrics();

      assertThat(metrics.running()).isEqualTo(2);
      assertThat(metrics.kvBytes()).containsKeys("prelude", "step 0", "step 1", "step 2", "coda");
      assertThat(metrics.kvUsedBytes())
          .isPositive()
          .isLessThanOrEqualTo(metrics.kvCapacityBytes())
          .isEqualTo(metrics.kvBytes().values().stream().mapToLong(Long::longValue).sum());
    }
  }
}
