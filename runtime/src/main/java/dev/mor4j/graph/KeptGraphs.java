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
 * One stage's graphs for the shapes that it took lately, the memory that they take in turns, and
 * what the last run left. One thread.
 */
final class KeptGraphs implements AutoCloseable {
  /** Batches of sequences that decode come and go by a few rows. */
  private static final int MOST_GRAPHS = 16;

  private final List<Backend> backends;
  private final AttentionKernel kernel;
  private final Function<GraphShape, StageGraph> build;
  private final FallbackCensus census;
  private final BackendScheduler scheduler;

  /** The one that was wanted last comes first. */
  private final List<Kept> graphs = new ArrayList<>();

  private final Map<String, ResultMemory> memory = new HashMap<>();

  /** Counts runs, so that results are known to be of the last one. */
  private long run;

  private record Kept(GraphShape shape, StageGraph graph) {}

  /**
   * @param backends borrowed
   * @param kernel of all graphs
   * @param build of a graph for a shape
   * @param tensorCapacity most tensors of a graph
   * @param census told of what is placed, if there is more than one backend
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
   * A graph for a shape, with memory.
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
    // grown memory is elsewhere, and with several backends a graph is changed when it is placed
    boolean areOthersLost = memoryBytes() != before || backends.size() > 1;
    while (graphs.size() > (areOthersLost ? 1 : MOST_GRAPHS)) {
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

  /** Recursion steps see lists of other lengths in turn: none of them must build a graph anew. */
  private boolean serves(GraphShape built, GraphShape wanted) {
    return built.rows() == wanted.rows()
        && built.outputs() == wanted.outputs()
        && built.heads() == wanted.heads()
        && kernel.serves(built.window(), wanted.window());
  }

  /** The scheduler that holds the ready graph's memory. */
  BackendScheduler scheduler() {
    return scheduler;
  }

  /** A run is about to overwrite what the last one left. */
  void forgetResults() {
    run++;
  }

  /**
   * A result of the last run, at least its values, they first: copied once a run, however many
   * sequences ask for their part; null if the stage has none of that name.
   */
  float @Nullable [] result(String name) {
    Tensor output = output(name);
    return output == null ? null : memory(name).read(output, run);
  }

  /**
   * One row of such a result, which the next one overwrites; null if the stage has none of that
   * name.
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
