package dev.mor4j.cli.batch;

import dev.mor4j.cli.output.RunTotals;
import dev.mor4j.engine.EngineMetrics;
import dev.mor4j.engine.FinishReason;
import dev.mor4j.engine.GenerationStatistics;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Adds up what the answers to many prompts took. */
final class BatchTotals {
  private final RunTotals answers = new RunTotals();
  private final Map<FinishReason, Integer> reasons = new EnumMap<>(FinishReason.class);
  private final List<BatchResult.Failed> failures = new ArrayList<>();
  private Optional<EngineMetrics> metrics = Optional.empty();
  private long largestKvBytes;

  /** Counts an answer. */
  void add(GenerationStatistics answer) {
    answers.add(answer);
    reasons.merge(answer.finishReason(), 1, Integer::sum);
    raiseKvBytes(answer.kvBytes().values().stream().mapToLong(Long::longValue).sum());
  }

  /** Counts a prompt that has none. */
  void add(BatchResult.Failed failure) {
    failures.add(failure);
  }

  /** Takes the engine's counts, which replace earlier ones. */
  void add(EngineMetrics newest) {
    metrics = Optional.of(newest);
    raiseKvBytes(newest.kvMostUsedBytes());
  }

  private void raiseKvBytes(long bytes) {
    largestKvBytes = Math.max(largestKvBytes, bytes);
  }

  int answerCount() {
    return answers.count();
  }

  /** Prompts without an answer. */
  List<BatchResult.Failed> failures() {
    return List.copyOf(failures);
  }

  /** The sum over all answers. */
  GenerationStatistics sum() {
    return answers.sum();
  }

  /** How many texts ended why. */
  Map<FinishReason, Integer> reasons() {
    return Map.copyOf(reasons);
  }

  /** The engine's last counts; empty if it gave none. */
  Optional<EngineMetrics> metrics() {
    return metrics;
  }

  /** The most bytes of keys and values that were held at a time, up to the last counts. */
  long largestKvBytes() {
    return largestKvBytes;
  }
}
