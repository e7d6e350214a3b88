package dev.mor4j.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.FinishReason;
import dev.mor4j.engine.GenerationStatistics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatisticsBlockTest {
  private static final GenerationStatistics RUN =
      new GenerationStatistics(
          10,
          Duration.ofMillis(20),
          30,
          Duration.ofMillis(500),
          List.of(0L, 10L, 30L),
          Map.of("all steps", 2048L),
          FinishReason.END_OF_TEXT);

  @Test
  void linesUpItsNumbers() {
    List<String> lines = StatisticsBlock.lines(Duration.ofMillis(150), RUN, 42);

    assertThat(String.join("\n", lines) + "\n")
        .isEqualTo(
            """
            load time          150.0 ms
            prompt                10 tokens      20.0 ms     500.0 tokens/s
            generated             30 tokens     500.0 ms      60.0 tokens/s
            mean depth          1.75 of 2 recursion steps
              depth 0              0 tokens     0.0 %
              depth 1             10 tokens    25.0 %  ██████████
              depth 2             30 tokens    75.0 %  ██████████████████████████████
            compute saved       12.5 % of the shared block
            K/V cache            2.0 KiB
              all steps          2.0 KiB
            finished       end of text; seed 42
            """);
  }

  @Test
  void sumsSeveralAnswers() {
    RunTotals totals = new RunTotals();
    totals.add(RUN);
    totals.add(RUN);

    GenerationStatistics sum = totals.sum();

    assertThat(sum.generatedTokens()).isEqualTo(60);
    assertThat(sum.depthCounts()).containsExactly(0L, 20L, 60L);
    assertThat(sum.kvBytes()).containsEntry("all steps", 2048L);
    assertThat(totals.count()).isEqualTo(2);
  }

  @Test
  void namesBytesInTheLargestUnitBelowThem() {
    assertThat(ByteSize.text(1023)).isEqualTo("1023 B");
    assertThat(ByteSize.text(1024)).isEqualTo("1.0 KiB");
    assertThat(ByteSize.text(1536L << 20)).isEqualTo("1.5 GiB");
    assertThat(ByteSize.text(Long.MAX_VALUE)).isEqualTo("8.0 EiB");
  }
}
