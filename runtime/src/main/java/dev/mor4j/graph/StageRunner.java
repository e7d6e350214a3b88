package dev.mor4j.graph;

import dev.mor4j.ggml.Backend;
import dev.mor4j.ggml.BackendScheduler;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GraphStatus;
import dev.mor4j.placement.Fallback;
import dev.mor4j.routing.RouterLogits;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Runs stages of the forward pass. Keeps the graphs of each stage's most recent shapes and their
 * memory, so that decoding neither builds nor allocates graphs. Confined to the engine's thread.
 */
public final class StageRunner implements AutoCloseable {
  private static final float[] NO_VALUES = {};

  private final List<Backend> backends;
  private final AttentionKernel kernel;
  private final ResidualStream stream;
  private static final int ALL_ROWS = -1;

  private final StageGraphs graphs;
  private final Map<Stage, KeptGraphs> kept = new HashMap<>();
  private final StageTimes times = new StageTimes();
  private final FallbackCensus census = new FallbackCensus();

  /** By recursion step. */
  private final List<String> routerNames;

  private final List<String> auxiliaryNames;

  /**
   * A runner without graphs.
   *
   * @param rowCapacity rows of the residual stream
   * @throws dev.mor4j.ggml.GgmlException if the device has no memory for the residual stream
   */
  public StageRunner(ExecutionContext context, int rowCapacity) {
    backends = context.backends();
    kernel = context.kernel();
    int steps = context.config().recursionCount();
    routerNames = IntStream.range(0, steps).mapToObj(NodeNames::routerLogits).toList();
    auxiliaryNames = IntStream.range(0, steps).mapToObj(NodeNames::auxiliaryLogits).toList();
    Device device = context.weights().placement().ofStream();
    stream = new ResidualStream(context.config(), rowCapacity, device);
    graphs = new StageGraphs(context, stream);
  }

  /**
   * Allocates memory for a shape, so that later runs of this size or less cannot run out of memory.
   *
   * @throws dev.mor4j.ggml.GgmlException if a device has not enough memory
   */
  public void reserve(GraphShape shape) {
    ready(shape);
  }

  /** Bytes that {@link #reserve} would allocate for a shape, by device. */
  public Map<Device, Long> bytes(GraphShape shape) {
    try (StageGraph graph = graphs.build(shape);
        BackendScheduler measuring = new BackendScheduler(backends, 2 * graphs.tensorCapacity())) {
      long[] sizes = measuring.measure(graph.graph());
      Map<Device, Long> bytes = new HashMap<>();
      for (int i = 0; i < sizes.length; i++) {
        bytes.put(backends.get(i).device(), sizes[i]);
      }
      return bytes;
    }
  }

  /** Runs one stage. Its results can be read until the same stage runs again. */
  public GraphStatus run(GraphShape shape, StageData data) {
    long start = System.nanoTime();
    StageGraph graph = ready(shape);
    long built = System.nanoTime();
    times.built(built - start);
    graph.fill(data);
    long filled = System.nanoTime();
    times.filled(filled - built);
    KeptGraphs stage = Objects.requireNonNull(kept.get(shape.stage()));
    stage.forgetResults();
    GraphStatus status = graph.compute(stage.scheduler(), data);
    times.computed(shape.stage(), System.nanoTime() - filled);
    return status;
  }

  /** The accumulated times, which later runs add to. */
  public StageTimes times() {
    return times;
  }

  /** Operations of the first graphs that run on another device than the one they belong to. */
  public List<Fallback> fallbacks() {
    return census.fallbacks();
  }

  /**
   * The logits of the routers that decide about a step, as the last run of a stage computed them:
   * the arrays begin with one entry for each row. Valid until the stage runs again.
   */
  public RouterLogits routerLogits(Stage stage, int step) {
    return new RouterLogits(
        result(stage, routerNames.get(step)), result(stage, auxiliaryNames.get(step)));
  }

  /** The logits of the coda's last run, row after row. Valid until the coda runs again. */
  public float[] logits() {
    return result(Stage.CODA, NodeNames.LOGITS);
  }

  /** The logits of one row of the coda's last run. Valid until the next call. */
  public float[] logits(int row) {
    return result(Stage.CODA, NodeNames.LOGITS, row);
  }

  /**
   * The digests of one row of logits, as {@link dev.mor4j.ggml.FusedOps#digestLogits} computes
   * them; empty if the device does not. Valid until the next call.
   */
  public float[] digests(int row) {
    return result(Stage.CODA, NodeNames.LOGIT_DIGESTS, row);
  }

  /**
   * The normalised last hidden states of the coda's last run, row after row, those whose logits
   * were wanted first. Valid until the coda runs again.
   */
  public float[] hidden() {
    return result(Stage.CODA, NodeNames.OUTPUT_NORM);
  }

  private float[] result(Stage stage, String name) {
    return result(stage, name, ALL_ROWS);
  }

  private float[] result(Stage stage, String name, int row) {
    KeptGraphs last = kept.get(stage);
    if (last == null) {
      return NO_VALUES;
    }
    long start = System.nanoTime();
    float[] values = row == ALL_ROWS ? last.result(name) : last.resultRow(name, row);
    times.read(System.nanoTime() - start);
    return values == null ? NO_VALUES : values;
  }

  private StageGraph ready(GraphShape shape) {
    KeptGraphs stage = kept.get(shape.stage());
    if (stage == null) {
      stage = new KeptGraphs(backends, kernel, graphs::build, graphs.tensorCapacity(), census);
      kept.put(shape.stage(), stage);
    }
    try {
      return stage.ready(shape);
    } catch (RuntimeException failure) {
      kept.remove(shape.stage()); // a graph without memory must not be reused
      stage.close();
      throw failure;
    }
  }

  @Override
  public void close() {
    kept.values().forEach(KeptGraphs::close);
    kept.clear();
    stream.close();
  }
}
