package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Assigns the operations of a graph to backends, allocates memory for its tensors, and runs it; one
 * graph at a time. Keeps the memory between graphs and grows it if a graph needs more. Confined to
 * the thread that created it.
 */
public final class BackendScheduler extends NativeObject {
  /** ggml ends the process if there are more backends. */
  private static final class Limits {
    static final int MAX_BACKENDS = NativeAbi.constant("GGML_SCHED_MAX_BACKENDS");
  }

  private final List<Backend> backends;
  private final int graphCapacity;
  private @Nullable ComputeGraph allocated;

  /**
   * @param backends in order of preference, the CPU last; borrowed, close them later
   * @param graphCapacity maximum number of tensors of a graph, inputs and weights included
   * @throws IllegalArgumentException if the CPU is not the last backend, or the capacity is below 1
   */
  public BackendScheduler(List<Backend> backends, int graphCapacity) {
    super(
        "ggml_backend_sched_new",
        Threads.CONFINED,
        create(backends, graphCapacity),
        Ggml::ggml_backend_sched_free);
    this.backends = List.copyOf(backends);
    this.graphCapacity = graphCapacity;
  }

  private static MemorySegment create(List<Backend> backends, int graphCapacity) {
    if (backends.isEmpty() || backends.getLast().device().kind() != Device.Kind.CPU) {
      throw new IllegalArgumentException(
          "backends: expected the CPU as the last one, found " + backends);
    }
    if (backends.size() > Limits.MAX_BACKENDS || graphCapacity < 1) {
      throw new IllegalArgumentException(
          "scheduler: expected 1..%s backends and a capacity of at least 1 tensor, found %s and %s"
              .formatted(Limits.MAX_BACKENDS, backends.size(), graphCapacity));
    }
    try (Arena call = Arena.ofConfined()) {
      MemorySegment handles = call.allocate(Ggml.C_POINTER, backends.size());
      for (int index = 0; index < backends.size(); index++) {
        handles.setAtIndex(Ggml.C_POINTER, index, backends.get(index).handle());
      }
      return Ggml.ggml_backend_sched_new(
          handles, MemorySegment.NULL, backends.size(), graphCapacity, false, true);
    }
  }

  /**
   * Allocates a graph. Its inputs can be written from now on; the tensors of the graph before are
   * overwritten.
   *
   * <p>Rows of weights and caches are gathered by the device that holds them.
   *
   * <p>With a single backend, a graph may be allocated again after other graphs as long as the
   * memory has not grown since: ggml leaves its tensors at their addresses, and memory that grows
   * moves.
   *
   * @throws IllegalArgumentException if the graph has more tensors than the capacity
   * @throws IllegalStateException if the memory of the graph's first allocation does not exist any
   *     more
   * @throws GgmlException if a device has not enough memory
   */
  public void allocate(ComputeGraph graph) {
    requireCapacity(graph);
    requireUsable(graph);
    graph.requirePlace(this, byteSize());
    allocated = null;
    Ggml.ggml_backend_sched_reset(handle());
    if (backends.size() > 1) {
      graph.nodes().forEach(this::keepLookupWhereTableIs);
    }
    if (!Ggml.ggml_backend_sched_alloc_graph(handle(), graph.handle())) {
      throw new GgmlException(
          "no memory for a graph of %s operations%s"
              .formatted(graph.nodeCount(), GgmlLibrary.drainLog()));
    }
    graph.placedIn(this, byteSize());
    allocated = graph;
  }

  /**
   * Bytes that a graph would take on each backend, in the order of the backends. Allocates nothing.
   * With several backends this changes the graph, which cannot be allocated afterwards.
   *
   * @throws IllegalArgumentException if the graph has more tensors than the capacity
   */
  public long[] measure(ComputeGraph graph) {
    requireCapacity(graph);
    requireUsable(graph);
    graph.requirePlace(this, byteSize());
    allocated = null;
    try (Arena call = Arena.ofConfined()) {
      MemorySegment sizes = call.allocate(ValueLayout.JAVA_LONG, backends.size());
      Ggml.ggml_backend_sched_reserve_size(handle(), graph.handle(), sizes);
      graph.placedIn(this, byteSize());
      return sizes.toArray(ValueLayout.JAVA_LONG);
    }
  }

  private void requireCapacity(ComputeGraph graph) {
    if (graph.context().graphTensorCount() > graphCapacity) {
      throw new IllegalArgumentException(
          "scheduler: expected a graph of at most %s tensors, found %s"
              .formatted(graphCapacity, graph.context().graphTensorCount()));
    }
  }

  /**
   * Otherwise ggml may copy a whole table to another device in order to gather a few rows there.
   */
  private void keepLookupWhereTableIs(Tensor node) {
    node.lookupDevice()
        .filter(device -> device.supports(node))
        .flatMap(
            device -> backends.stream().filter(each -> each.device().equals(device)).findFirst())
        .ifPresent(
            backend ->
                Ggml.ggml_backend_sched_set_tensor_backend(
                    handle(), node.struct(), backend.handle()));
  }

  private void requireUsable(ComputeGraph graph) {
    requireOpen();
    for (int i = 0; i < backends.size(); i++) {
      backends.get(i).requireUsable();
    }
    graph.context().requireMemory();
  }

  /**
   * Runs the graph that was allocated last, any number of times. Returns when it is done.
   *
   * @throws IllegalStateException if another graph was allocated last, or a backend, pool, flag,
   *     buffer or context that the graph needs is closed
   * @throws GgmlException if a backend fails
   */
  public GraphStatus compute(ComputeGraph graph) {
    if (graph != allocated) {
      throw new IllegalStateException("expected the graph that was allocated last, found another");
    }
    requireUsable(graph);
    int status = Ggml.ggml_backend_sched_graph_compute(handle(), graph.handle());
    if (status == Ggml.GGML_STATUS_SUCCESS()) {
      return GraphStatus.DONE;
    }
    if (status == Ggml.GGML_STATUS_ABORTED()) {
      return GraphStatus.ABORTED;
    }
    throw new GgmlException(
        "ggml_backend_sched_graph_compute: status %s%s".formatted(status, GgmlLibrary.drainLog()));
  }

  int backendCount() {
    return backends.size();
  }

  /**
   * The device that runs an operation of the graph that was allocated last.
   *
   * @throws IllegalStateException if another graph was allocated last
   */
  public Device deviceOf(ComputeGraph graph, Tensor operation) {
    if (graph != allocated || operation.context() != graph.context()) {
      throw new IllegalStateException("expected the graph that was allocated last, found another");
    }
    MemorySegment backend =
        Ggml.ggml_backend_sched_get_tensor_backend(handle(), operation.struct());
    if (backend.equals(MemorySegment.NULL)) {
      throw new IllegalStateException(operation + ": expected an operation of the graph");
    }
    return new Device(Ggml.ggml_backend_get_device(backend));
  }

  /** The number of parts of the last graph, each of which runs on one backend. */
  public int splitCount() {
    return Ggml.ggml_backend_sched_get_n_splits(handle());
  }

  /** Bytes that are allocated on a backend for the tensors of graphs. */
  public long byteSize(Backend backend) {
    if (!backends.contains(backend)) {
      throw new IllegalArgumentException(
          "scheduler: expected one of the backends %s, found %s".formatted(backends, backend));
    }
    return Ggml.ggml_backend_sched_get_buffer_size(handle(), backend.handle());
  }

  private long byteSize() {
    return backends.stream().mapToLong(this::byteSize).sum();
  }
}
