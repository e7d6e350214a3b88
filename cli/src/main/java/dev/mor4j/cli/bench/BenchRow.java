package dev.mor4j.cli.bench;

import dev.mor4j.engine.PhaseTimes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * A test with its results.
 *
 * @param begin start time of the first repetition
 * @param samples one for each repetition, at least one
 * @param load load of the machine during the measurement
 * @param isNoisy whether other processes used too much of the machine
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
   * Measures a test.
   *
   * @param plan number of repetitions and the noise limit
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
   * The plan of a measurement.
   *
   * @param warmups number of unmeasured repetitions
   * @param repetitions number of measured repetitions, at least one
   * @param noiseLimit maximum CPU share of other processes, 0 to 1
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

  /** Mean recursion depth of the tokens. */
  double meanDepth() {
    return (double) sum(BenchSample::depthSum) / Math.max(1, tokens());
  }

  /** Rows of all repetitions that ran a recursion step. */
  long rows(int step) {
    return sum(sample -> sample.rowsByStep().get(step));
  }

  /** Number of recursion steps with row counts. */
  int stepCount() {
    return samples.getFirst().rowsByStep().size();
  }

  /** Mean number of rows per run of the shared block. */
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

  /** Bytes that the engine's thread allocated on the Java heap per token. */
  double garbagePerToken() {
    return (double) sum(BenchSample::allocatedBytes) / Math.max(1, tokens());
  }
}
