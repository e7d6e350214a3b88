package dev.mor4j.cli.bench;

import dev.mor4j.engine.EngineMetrics;
import dev.mor4j.engine.PhaseTimes;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One repetition of a test.
 *
 * @param nanos what it took
 * @param tokens tokens of all sequences that were read or written
 * @param depthSum recursion steps that those tokens took together
 * @param rowsByStep rows that took each recursion step
 * @param passes times that the shared block ran
 * @param phases where the time went
 * @param allocatedBytes what the engine's thread allocated on the Java heap
 */
record BenchSample(
    long nanos,
    long tokens,
    long depthSum,
    List<Long> rowsByStep,
    long passes,
    PhaseTimes phases,
    long allocatedBytes) {

  static BenchSample between(Probe start, Probe end, long tokens, long depthSum) {
    EngineMetrics before = start.metrics();
    EngineMetrics after = end.metrics();
    return new BenchSample(
        end.nanoTime() - start.nanoTime(),
        tokens,
        depthSum,
        IntStream.range(0, after.rowsByStep().size())
            .mapToObj(step -> after.rowsByStep().get(step) - before.rowsByStep().get(step))
            .toList(),
        after.passes() - before.passes(),
        after.phases().since(before.phases()),
        end.allocatedBytes() - start.allocatedBytes());
  }

  double tokensPerSecond() {
    return 1e9 * tokens / Math.max(1, nanos);
  }
}
