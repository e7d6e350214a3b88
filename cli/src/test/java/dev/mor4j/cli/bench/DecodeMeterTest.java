package dev.mor4j.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.EngineMetrics;
import dev.mor4j.engine.PhaseTimes;
import dev.mor4j.engine.Token;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class DecodeMeterTest {
  private final Deque<CompletableFuture<Probe>> asked = new ArrayDeque<>();
  private final DecodeMeter meter = new DecodeMeter(this::ask, 2, 3);

  private CompletableFuture<Probe> ask() {
    CompletableFuture<Probe> answer = new CompletableFuture<>();
    asked.add(answer);
    return answer;
  }

  /** The turn ends, and the engine answers those who asked. */
  private void endTurn(long nanos) {
    PhaseTimes phases = new PhaseTimes(0, 0, 0, nanos / 2, 0, 0, 0, nanos / 2);
    EngineMetrics metrics =
        new EngineMetrics(
            0,
            2,
            0,
            0,
            0,
            nanos,
            List.of(3 * nanos, nanos),
            Duration.ofNanos(nanos),
            phases,
            Map.of(),
            0,
            0,
            Map.of(),
            0,
            0,
            List.of());
    while (!asked.isEmpty()) {
      asked.remove().complete(new Probe(metrics, nanos, 10 * nanos));
    }
  }

  private void write(int sequence, int depth) {
    meter.accept(sequence, new Token(1, "", depth, 0, List.of()));
  }

  @Test
  void measuresFromTheTurnInWhichTheLastBeginsUntilEnoughIsWritten() {
    write(0, 3);
    endTurn(100);
    write(0, 3);
    write(1, 3);
    endTurn(200);
    write(0, 1);
    write(1, 2);
    endTurn(300);
    write(0, 2);
    write(1, 0);
    endTurn(400);

    BenchSample sample = meter.result().join();

    assertThat(sample.nanos()).isEqualTo(200);
    assertThat(sample.tokens()).isEqualTo(4);
    assertThat(sample.depthSum()).isEqualTo(5);
    assertThat(sample.rowsByStep()).containsExactly(600L, 200L);
    assertThat(sample.passes()).isEqualTo(200);
    assertThat(sample.phases().passes()).isEqualTo(100);
    assertThat(sample.allocatedBytes()).isEqualTo(2000);
    assertThat(sample.tokensPerSecond()).isEqualTo(4 / 200e-9);
  }

  @Test
  void endsWithTheFirstSequenceThatDoes() {
    write(0, 1);
    write(1, 1);
    endTurn(10);
    write(0, 1);
    meter.sequenceEnded();
    endTurn(20);

    assertThat(meter.result().join().tokens()).isEqualTo(1);
  }

  @Test
  void failsIfASequenceEndsBeforeAllHaveBegun() {
    write(0, 1);
    meter.sequenceEnded();

    assertThat(meter.result()).isCompletedExceptionally();
  }
}
