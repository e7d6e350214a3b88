package dev.mor4j.graph;

import dev.mor4j.ggml.Backend;
import dev.mor4j.ggml.BackendScheduler;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GraphStatus;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.model.ActivationObserver;
import dev.mor4j.model.MorConfig;
import dev.mor4j.routing.RouterLogits;
import dev.mor4j.weights.Weights;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs stages of the forward pass, and keeps each stage's last graph and its memory: decoding
 * builds nothing and allocates nothing while shapes stay the same. One thread.
 */
public final class StageRunner implements AutoCloseable {
  private static final float[] NO_VALUES = {};

  private final List<Backend> backends;
  private final AttentionKernel kernel;
  private final ResidualStream stream;
  private final StageGraphs graphs;
  private final Map<Stage, Kept> kept = new HashMap<>();
  private final StageTimes times = new StageTimes();

  /** By recursion step. */
  private final List<String> routerNames;

  private final List<String> auxiliaryNames;

  /** A stage's scheduler and the graph that it holds memory for. */
  private static final class Kept {
    final BackendScheduler scheduler;
    final Map<String, ResultMemory> memory = new HashMap<>();

    /** Results of the last run that were read already, by name. */
    final Map<String, float[]> results = new HashMap<>();

    GraphShape shape;
    StageGraph graph;

    Kept(BackendScheduler scheduler, GraphShape shape, StageGraph graph) {
      this.scheduler = scheduler;
      this.shape = shape;
      this.graph = graph;
    }
  }

  /**
   * @param backends those of the weights' devices, the CPU last; borrowed
   * @param cache borrowed
   * @param kernel one that the devices run
   * @param groups which passes share a graph
   * @param rowCapacity most rows of a batch
   * @param observer of what enters the weight matrices; null for none
   */
  public StageRunner(
      MorConfig config,
      Weights weights,
      KvCache cache,
      AttentionKernel kernel,
      PassGroups groups,
      List<Backend> backends,
      int rowCapacity,
      @Nullable ActivationObserver observer) {
    this.backends = List.copyOf(backends);
    this.kernel = kernel;
    int steps = config.recursionCount();
    routerNames = IntStream.range(0, steps).mapToObj(StageGraph::routerLogits).toList();
    auxiliaryNames = IntStream.range(0, steps).mapToObj(StageGraph::auxiliaryLogits).toList();
    Device device = weights.placement().ofStream();
    stream = new ResidualStream(config, rowCapacity, device);
    graphs =
        new StageGraphs(
            config, weights, cache, stream, kernel, GatedUpdate.choose(device), groups, observer);
  }

  /**
   * Sets aside memory for a shape, so that no later run of that size or less can fail for want of
   * it.
   *
   * @throws dev.mor4j.ggml.GgmlException if there is none
   */
  public void reserve(GraphShape shape) {
    ready(shape);
  }

  /** Runs one stage; its results stay readable until the same stage runs again. */
  public GraphStatus run(GraphShape shape, StageData data) {
    long start = System.nanoTime();
    Kept ready = ready(shape);
    long built = System.nanoTime();
    times.built(built - start);
    ready.graph.fill(data);
    long filled = System.nanoTime();
    times.filled(filled - built);
    ready.results.clear();
    GraphStatus status = ready.graph.compute(ready.scheduler, data);
    times.computed(shape.stage(), System.nanoTime() - filled);
    return status;
  }

  /** Where the time went so far; counts on. */
  public StageTimes times() {
    return times;
  }

  /**
   * What the routers of a step said at the end of a stage's last run, of every row in it first;
   * until the stage runs again.
   */
  public RouterLogits routerLogits(Stage stage, int step) {
    return new RouterLogits(
        result(stage, routerNames.get(step)), result(stage, auxiliaryNames.get(step)));
  }

  /** Logits of the coda's last run first, row after row; until it runs again. */
  public float[] logits() {
    return result(Stage.CODA, StageGraph.LOGITS);
  }

  /**
   * Last hidden states, normalised, of the coda's last run, row after row: those whose logits were
   * wanted first; until it runs again.
   */
  public float[] hidden() {
    return result(Stage.CODA, StageGraph.HIDDEN);
  }

  /** Copied once a run, however many sequences ask for their part. */
  private float[] result(Stage stage, String name) {
    Kept last = kept.get(stage);
    Tensor output = last == null ? null : last.graph.output(name);
    if (last == null || output == null) {
      return NO_VALUES;
    }
    float[] values = last.results.get(name);
    if (values == null) {
      long start = System.nanoTime();
      values = last.memory.computeIfAbsent(name, unread -> new ResultMemory()).read(output);
      last.results.put(name, values);
      times.read(System.nanoTime() - start);
    }
    return values;
  }

  private Kept ready(GraphShape shape) {
    Kept last = kept.get(shape.stage());
    if (last != null && serves(last.shape, shape)) {
      return last;
    }
    StageGraph graph = graphs.build(shape);
    try {
      if (last == null) {
        last = new Kept(new BackendScheduler(backends, 2 * graphs.tensorCapacity()), shape, graph);
        kept.put(shape.stage(), last);
      } else {
        last.graph.close();
        last.graph = graph;
        last.shape = shape;
      }
      last.scheduler.allocate(graph.graph());
      return last;
    } catch (RuntimeException failure) {
      forget(shape.stage(), graph);
      throw failure;
    }
  }

  /** Recursion steps see lists of other lengths in turn: none of them must build a graph anew. */
  private boolean serves(GraphShape built, GraphShape wanted) {
    return built.rows() == wanted.rows()
        && built.outputs() == wanted.outputs()
        && built.heads() == wanted.heads()
        && kernel.serves(built.window(), wanted.window());
  }

  /** A graph without memory must not be found again. */
  private void forget(Stage stage, StageGraph graph) {
    Kept failed = kept.remove(stage);
    if (failed != null) {
      failed.scheduler.close();
      failed.memory.values().forEach(ResultMemory::close);
    }
    graph.close();
  }

  @Override
  public void close() {
    for (Kept each : kept.values()) {
      each.scheduler.close();
      each.graph.close();
      each.memory.values().forEach(ResultMemory::close);
    }
    kept.clear();
    stream.close();
  }
}
