package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Places one graph at a time on its backends, gives its tensors memory, and runs it. Keeps that
 * memory between graphs and grows it when a graph needs more. Confined to the thread that made it.
 */
public final class BackendScheduler extends NativeObject {
  /** {@code GGML_SCHED_MAX_BACKENDS}. */
  private static final int MOST_BACKENDS = 16;

  private final List<Backend> backends;
  private final int graphCapacity;
  private @Nullable ComputeGraph allocated;

  /**
   * @param backends in order of preference, the CPU last; borrowed, close them later
   * @param graphCapacity most tensors of a graph, inputs and weights included
   * @throws IllegalArgumentException if the CPU is not the last, or the capacity is below 1
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
          "backends: expected the CPU as the last, found " + backends);
    }
    if (backends.size() > MOST_BACKENDS || graphCapacity < 1) {
      throw new IllegalArgumentException(
          "scheduler: expected 1..%s backends and room for at least 1 tensor, found %s and %s"
              .formatted(MOST_BACKENDS, backends.size(), graphCapacity));
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
   * Forgets the last graph, places this one and gives its tensors memory: inputs can be written
   * from now on. The tensors of the last graph are overwritten.
   *
   * <p>Rows of memory that is there before the graph are picked by the device that holds it.
   *
   * <p>A graph may be allocated again after others if there is one backend, as long as the memory
   * did not grow since: ggml leaves tensors where they are, and grown memory is elsewhere.
   *
   * @throws IllegalArgumentException if the graph has more tensors than the capacity
   * @throws IllegalStateException if the graph's memory has gone since it was allocated first
   * @throws GgmlException if a device has no room
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
   * Bytes that a graph would take on each of the backends, in their order: nothing is allocated.
   * With several backends the graph is changed by it, and cannot be allocated any more.
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

  /** Left alone, ggml may copy a whole table to another device, to pick a few rows there. */
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
   * Runs the graph that was allocated last, again and again if wanted; returns when it is done.
   *
   * @throws IllegalStateException if another graph was allocated last, or something that the graph
   *     needs was closed: a backend, its pool or flag, a buffer, a context
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
   * Which device runs an operation of the graph that was allocated last.
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

  /** Pieces that the last graph was cut into, one after another on one backend each. */
  public int splitCount() {
    return Ggml.ggml_backend_sched_get_n_splits(handle());
  }

  /** Bytes that it holds on a backend for the tensors of graphs. */
  public long byteSize(Backend backend) {
    if (!backends.contains(backend)) {
      throw new IllegalArgumentException(
          "scheduler: expected one of the backends %s, found another %s"
              .formatted(backends, backend));
    }
    return Ggml.ggml_backend_sched_get_buffer_size(handle(), backend.handle());
  }

  private long byteSize() {
    return backends.stream().mapToLong(this::byteSize).sum();
  }
}
