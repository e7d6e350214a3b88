package dev.mor4j.cli.bench;

import dev.mor4j.engine.PhaseTimes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * A test with its figures.
 *
 * @param begin when the first repetition began
 * @param samples one for each repetition, at least one
 * @param load what else the machine did meanwhile
 * @param isNoisy whether that was too much for the figures to be a result
 */
public record BenchRow(
    EngineSetup setup,
    BenchTest test,
    Instant begin,
    List<BenchSample> samples,
    MachineLoad load,
    boolean isNoisy) {

  public BenchRow {
    samples = List.copyOf(samples);
  }

  /**
   * Measures.
   *
   * @param plan how often, and what noise is bearable
   */
  public static BenchRow measure(EngineSetup setup, BenchTest test, EngineBench bench, Plan plan) {
    for (int i = 0; i < plan.warmups(); i++) {
      bench.run();
    }
    Instant begin = Instant.now();
    LoadMeter meter = new LoadMeter();
    List<BenchSample> samples = new ArrayList<>();
    for (int i = 0; i < plan.repetitions(); i++) {
      samples.add(bench.run());
    }
    MachineLoad load = meter.read();
    return new BenchRow(setup, test, begin, samples, load, load.isNoisy(plan.noiseLimit()));
  }

  /**
   * How to measure.
   *
   * @param warmups repetitions that do not count
   * @param repetitions that count, at least one
   * @param noiseLimit share of the machine that other processes may use, 0 to 1
   */
  public record Plan(int warmups, int repetitions, double noiseLimit) {}

  Deviation tokensPerSecond() {
    return Deviation.of(samples.stream().mapToDouble(BenchSample::tokensPerSecond).toArray());
  }

  Deviation nanos() {
    return Deviation.of(samples.stream().mapToDouble(BenchSample::nanos).toArray());
  }

  private long sum(ToLongFunction<BenchSample> count) {
    return samples.stream().mapToLong(count).sum();
  }

  long tokens() {
    return sum(BenchSample::tokens);
  }

  /** Recursion steps that tokens took, on average. */
  double meanDepth() {
    return (double) sum(BenchSample::depthSum) / Math.max(1, tokens());
  }

  /** Rows of all repetitions that took a recursion step. */
  long rows(int step) {
    return sum(sample -> sample.rowsByStep().get(step));
  }

  /** Recursion steps whose rows are counted. */
  int stepCount() {
    return samples.getFirst().rowsByStep().size();
  }

  /** Rows that went through the shared block together, on average. */
  double meanBatchRows() {
    long rows = 0;
    for (int step = 0; step < stepCount(); step++) {
      rows += rows(step);
    }
    return (double) rows / Math.max(1, sum(BenchSample::passes));
  }

  PhaseTimes phases() {
    return samples.stream().map(BenchSample::phases).reduce(PhaseTimes::plus).orElseThrow();
  }

  /** Bytes that the engine's thread left to the garbage collector for each token. */
  double garbagePerToken() {
    return (double) sum(BenchSample::allocatedBytes) / Math.max(1, tokens());
  }
}
