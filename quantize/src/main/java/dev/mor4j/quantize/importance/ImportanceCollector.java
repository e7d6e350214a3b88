package dev.mor4j.quantize.importance;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.model.ActivationObserver;
import dev.mor4j.model.LayerRun;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionPlan;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.TensorId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;

/**
 * Collects statistics of the inputs of a model's matrices while an engine evaluates windows of
 * text. Pass it to the engine's builder as observer first. For one thread.
 */
public final class ImportanceCollector implements ActivationObserver {
  private final Set<Integer> sharedBlocks;
  private final Map<String, Map<Integer, Total>> totals = new TreeMap<>();
  private int windowCount;
  private int windowSize;

  /** Running sums in 64 bits, since each batch adds small values to large sums. */
  private static final class Total {
    private final double[] sums;
    private long rows;

    Total(int columns) {
      sums = new double[columns];
    }

    void add(float[] squares, long count) {
      for (int column = 0; column < sums.length; column++) {
        sums[column] += squares[column];
      }
      rows += count;
    }

    void add(Total other) {
      for (int column = 0; column < sums.length; column++) {
        sums[column] += other.sums[column];
      }
      rows += other.rows;
    }

    /**
     * Rounds the sums.
     *
     * @throws EngineException if a sum is too large for 32 bits
     */
    Importance importance(String matrix) {
      float[] rounded = new float[sums.length];
      for (int column = 0; column < sums.length; column++) {
        rounded[column] = (float) sums[column];
        if (!Float.isFinite(rounded[column])) {
          throw new EngineException(
              matrix
                  + ": the sum of the squared inputs of column "
                  + column
                  + " overflowed; use less text, or check the model's weights");
        }
      }
      return new Importance(rounded, new float[] {rows});
    }
  }

  /**
   * @param config the model's configuration
   */
  public ImportanceCollector(MorConfig config) {
    RecursionPlan plan = RecursionPlan.of(config.recursion(), config.recursionCount());
    sharedBlocks =
        config.recursionCount() == 1
            ? Set.of()
            : plan.sharedRuns().stream()
                .flatMap(List::stream)
                .map(LayerRun::block)
                .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public void observe(String matrix, int step, float[] squares, int rows) {
    totals
        .computeIfAbsent(matrix, name -> new HashMap<>())
        .computeIfAbsent(step, number -> new Total(squares.length))
        .add(squares, rows);
  }

  /**
   * Evaluates windows, each as a separate sequence, and waits for the end.
   *
   * @param engine an engine with this observer
   * @param windows token ids, all of the same length
   * @param progress receives the number of finished windows after each one
   */
  public void read(Engine engine, RoutingMode routing, List<int[]> windows, IntConsumer progress) {
    int done = 0;
    for (int[] window : windows) {
      // Requests logits of all rows, so that all rows enter the head.
      engine.evaluate(new EvaluationRequest(window, routing, 0), 0, rows -> {});
      windowSize = window.length;
      progress.accept(++done);
    }
    windowCount += done;
  }

  /**
   * Returns the statistics collected so far.
   *
   * @param datasets names of the texts
   */
  public ImportanceMatrix matrix(List<String> datasets) {
    Map<String, Importance> entries = new TreeMap<>();
    totals.forEach(
        (name, steps) -> {
          Total all = new Total(steps.values().iterator().next().sums.length);
          steps.values().forEach(all::add);
          entries.put(name, all.importance(name));
          TensorId.parse(name)
              .filter(this::isSharedBySteps)
              .ifPresent(
                  id ->
                      steps.forEach(
                          (step, total) ->
                              entries.put(id.atStep(step).name(), total.importance(name))));
        });
    return ImportanceMatrix.of(datasets, windowCount, windowSize, entries);
  }

  private boolean isSharedBySteps(TensorId id) {
    return id.step() == TensorId.NONE && sharedBlocks.contains(id.block());
  }
}
