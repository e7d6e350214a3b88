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

/** Sums the statistics of the results of a batch. */
final class BatchTotals {
  private final RunTotals answers = new RunTotals();
  private final Map<FinishReason, Integer> reasons = new EnumMap<>(FinishReason.class);
  private final List<BatchResult.Failed> failures = new ArrayList<>();
  private Optional<EngineMetrics> metrics = Optional.empty();
  private long largestKvBytes;

  /** Adds a generated text. */
  void add(GenerationStatistics answer) {
    answers.add(answer);
    reasons.merge(answer.finishReason(), 1, Integer::sum);
    raiseKvBytes(answer.kvBytes().values().stream().mapToLong(Long::longValue).sum());
  }

  /** Adds a failed prompt. */
  void add(BatchResult.Failed failure) {
    failures.add(failure);
  }

  /** Replaces the metrics of the engine by newer ones. */
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

  /** The failed prompts. */
  List<BatchResult.Failed> failures() {
    return List.copyOf(failures);
  }

  /** The sum over all generated texts. */
  GenerationStatistics sum() {
    return answers.sum();
  }

  /** Number of texts by finish reason. */
  Map<FinishReason, Integer> reasons() {
    return Map.copyOf(reasons);
  }

  /** The latest metrics of the engine; empty if there are none. */
  Optional<EngineMetrics> metrics() {
    return metrics;
  }

  /** The peak size of the K/V cache in bytes, up to the latest metrics. */
  long largestKvBytes() {
    return largestKvBytes;
  }
}
