package dev.mor4j.graph;

import dev.mor4j.ggml.Backend;
import dev.mor4j.ggml.BackendScheduler;
import dev.mor4j.ggml.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The graphs of one stage for its most recent shapes, the memory that they share, and the results
 * of the last run. Confined to the engine's thread.
 */
final class KeptGraphs implements AutoCloseable {
  /** While sequences join and leave, the number of decoding rows varies by a few. */
  private static final int MAX_GRAPHS = 16;

  private final List<Backend> backends;
  private final AttentionKernel kernel;
  private final Function<GraphShape, StageGraph> build;
  private final FallbackCensus census;
  private final BackendScheduler scheduler;

  /** The most recently used graph comes first. */
  private final List<Kept> graphs = new ArrayList<>();

  private final Map<String, ResultMemory> memory = new HashMap<>();

  /** Number of runs, to tell whether results that were read are those of the last run. */
  private long run;

  private record Kept(GraphShape shape, StageGraph graph) {}

  /**
   * @param backends borrowed
   * @param kernel attention of all graphs
   * @param build builds a graph for a shape
   * @param tensorCapacity maximum number of tensors of a graph
   * @param census examines allocated graphs if there is more than one backend
   */
  KeptGraphs(
      List<Backend> backends,
      AttentionKernel kernel,
      Function<GraphShape, StageGraph> build,
      int tensorCapacity,
      FallbackCensus census) {
    this.build = build;
    this.backends = backends;
    this.kernel = kernel;
    this.census = census;
    scheduler = new BackendScheduler(backends, 2 * tensorCapacity);
  }

  /**
   * Returns an allocated graph that can run batches of a shape.
   *
   * @throws dev.mor4j.ggml.GgmlException if there is not enough memory
   */
  StageGraph ready(GraphShape shape) {
    for (int i = 0; i < graphs.size(); i++) {
      Kept found = graphs.get(i);
      if (serves(found.shape(), shape)) {
        if (i > 0) {
          graphs.remove(i);
          graphs.addFirst(found);
          scheduler.allocate(found.graph().graph());
        }
        return found.graph();
      }
    }
    StageGraph built = build.apply(shape);
    graphs.addFirst(new Kept(shape, built));
    long before = memoryBytes();
    if (backends.size() > 1) {
      census.allocate(shape.stage(), scheduler, built.graph());
    } else {
      scheduler.allocate(built.graph());
    }
    // memory that grows moves, and with several backends an allocation changes the graph
    boolean areOthersLost = memoryBytes() != before || backends.size() > 1;
    while (graphs.size() > (areOthersLost ? 1 : MAX_GRAPHS)) {
      graphs.removeLast().graph().close();
    }
    return built;
  }

  private long memoryBytes() {
    long bytes = 0;
    for (Backend backend : backends) {
      bytes += scheduler.byteSize(backend);
    }
    return bytes;
  }

  /** Recursion steps have lists of slots of different lengths: they should share a graph. */
  private boolean serves(GraphShape built, GraphShape wanted) {
    return built.rows() == wanted.rows()
        && built.outputs() == wanted.outputs()
        && built.heads() == wanted.heads()
        && kernel.serves(built.window(), wanted.window());
  }

  /** The scheduler that owns the memory of the graph that {@link #ready} returned last. */
  BackendScheduler scheduler() {
    return scheduler;
  }

  /** To be called before a run, which overwrites the results of the last one. */
  void forgetResults() {
    run++;
  }

  /**
   * An array that begins with a result of the last run, or null if the stage has no result of that
   * name. Copied once per run, however many sequences read their part.
   */
  float @Nullable [] result(String name) {
    Tensor output = output(name);
    return output == null ? null : memory(name).read(output, run);
  }

  /**
   * One row of a result, or null if the stage has no result of that name. Overwritten by the next
   * call.
   */
  float @Nullable [] resultRow(String name, int row) {
    Tensor output = output(name);
    return output == null ? null : memory(name).readRow(output, row, run);
  }

  private @Nullable Tensor output(String name) {
    return graphs.isEmpty() ? null : graphs.getFirst().graph().output(name);
  }

  private ResultMemory memory(String name) {
    return memory.computeIfAbsent(name, unread -> new ResultMemory());
  }

  @Override
  public void close() {
    scheduler.close();
    graphs.forEach(kept -> kept.graph().close());
    memory.values().forEach(ResultMemory::close);
  }
}
