package dev.mor4j.cli.bench;

import dev.mor4j.engine.EngineMetrics;
import dev.mor4j.engine.PhaseTimes;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One repetition of a test.
 *
 * @param nanos its duration
 * @param tokens number of tokens that all sequences processed or generated
 * @param depthSum sum of the recursion depths of these tokens
 * @param rowsByStep rows that ran each recursion step
 * @param passes runs of the shared block
 * @param phases time by phase
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
