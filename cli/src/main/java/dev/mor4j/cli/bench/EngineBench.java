package dev.mor4j.cli.bench;

import com.sun.management.ThreadMXBean;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.GenerationStatistics;
import dev.mor4j.engine.PromptPrefix;
import dev.mor4j.model.RoutingMode;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.random.RandomGenerator;

/**
 * Measures one test on an engine that runs nothing else. Prompts are random token ids, different
 * for each sequence, so that no two share cached keys and values. Decoding is greedy.
 */
public final class EngineBench implements AutoCloseable {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Engine engine;
  private final BenchTest test;
  private final int parallel;
  private final List<int[]> prompts = new ArrayList<>();
  private final List<PromptPrefix> prefixes = new ArrayList<>();

  /**
   * Processes the context before the measurement.
   *
   * @param engine borrowed
   */
  public EngineBench(Engine engine, BenchTest test, int vocabularySize) {
    this.engine = engine;
    this.test = test;
    parallel = engine.parallel();
    for (int sequence = 0; sequence < parallel; sequence++) {
      RandomGenerator random = new SplittableRandom(sequence);
      int length = test.depthTokens() + Math.max(1, test.promptTokens());
      prompts.add(random.ints(length, 0, vocabularySize).toArray());
    }
    try {
      keepPrefixes();
    } catch (RuntimeException failure) {
      close();
      throw failure;
    }
  }

  private void keepPrefixes() {
    for (int sequence = 0; sequence < parallel && test.depthTokens() > 0; sequence++) {
      int[] before = Arrays.copyOf(prompts.get(sequence), test.depthTokens());
      prefixes.add(engine.keepPrefix(before, test.routing().withSeed(sequence)));
    }
  }

  /** Runs the test once. */
  BenchSample run() {
    return test.isDecode() ? decode() : prefill();
  }

  private BenchSample prefill() {
    List<CompletableFuture<GenerationStatistics>> outcomes = new ArrayList<>();
    CountDownLatch allSubmitted = heldEngine();
    CompletableFuture<Probe> begin;
    try {
      for (int sequence = 0; sequence < parallel; sequence++) {
        outcomes.add(engine.generate(request(sequence, 1), token -> {}));
      }
      begin = probe(); // completes when all prompts are submitted, before they are computed
    } finally {
      allSubmitted.countDown();
    }
    Probe start = joined(begin);
    long depthSum = 0;
    for (CompletableFuture<GenerationStatistics> outcome : outcomes) {
      List<Long> counts = joined(outcome).depthCounts();
      for (int depth = 0; depth < counts.size(); depth++) {
        depthSum += depth * counts.get(depth);
      }
    }
    Probe end = joined(probe());
    return BenchSample.between(start, end, (long) parallel * test.promptTokens(), depthSum);
  }

  private BenchSample decode() {
    DecodeMeter meter =
        new DecodeMeter(this::probe, parallel, (long) parallel * test.generatedTokens());
    List<CompletableFuture<GenerationStatistics>> outcomes = new ArrayList<>();
    CountDownLatch allSubmitted = heldEngine();
    try {
      for (int sequence = 0; sequence < parallel; sequence++) {
        outcomes.add(begin(sequence, meter));
      }
    } finally {
      allSubmitted.countDown();
    }
    try {
      return joined(meter.result());
    } finally {
      outcomes.forEach(outcome -> outcome.cancel(true));
    }
  }

  private CompletableFuture<GenerationStatistics> begin(int sequence, DecodeMeter meter) {
    CompletableFuture<GenerationStatistics> outcome =
        engine.generate(
            request(sequence, 2 * test.generatedTokens() + 1),
            token -> meter.accept(sequence, token));
    var _ =
        outcome.thenRun(meter::sequenceEnded).whenComplete((done, failure) -> meter.fail(failure));
    return outcome;
  }

  /**
   * Blocks the engine's thread in a first request of one token, so that all later requests start in
   * the same iteration: a small model would otherwise finish one before the next has started.
   *
   * @return lets the thread go on
   */
  private CountDownLatch heldEngine() {
    CountDownLatch isHeld = new CountDownLatch(1);
    CountDownLatch goesOn = new CountDownLatch(1);
    var _ =
        engine
            .generate(
                request(Arrays.copyOf(prompts.getFirst(), 1), 1, test.routing()),
                token -> {
                  isHeld.countDown();
                  awaited(goesOn);
                })
            .whenComplete((done, failure) -> isHeld.countDown());
    awaited(isHeld);
    return goesOn;
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private GenerationRequest request(int sequence, int tokens) {
    return request(prompts.get(sequence), tokens, test.routing().withSeed(sequence));
  }

  private static GenerationRequest request(int[] prompt, int tokens, RoutingMode routing) {
    return GenerationRequest.builder()
        .promptTokens(prompt)
        .maxTokens(tokens)
        .ignoreEndOfText()
        .temperature(0)
        .routing(routing)
        .build();
  }

  private CompletableFuture<Probe> probe() {
    return engine
        .metricsAfterTurn()
        .thenApply(
            metrics ->
                new Probe(
                    metrics,
                    System.nanoTime(),
                    THREADS.getThreadAllocatedBytes(engine.threadId())));
  }

  private static <T> T joined(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException failure) {
      throw failure.getCause() instanceof RuntimeException cause
          ? cause
          : new EngineException(String.valueOf(failure.getCause()), failure);
    }
  }

  /** Releases the context. */
  @Override
  public void close() {
    prefixes.forEach(PromptPrefix::close);
    prefixes.clear();
  }
}
