package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Places one graph at a time on its backends, gives its tensors memory, and runs it. Keeps that
 * memory between graphs and grows it when a graph needs more. Confined to the thread that made it.
 */
public final class BackendScheduler extends NativeObject {

  /**
   * @param backends in order of preference, the CPU last; borrowed, close them later
   * @param graphCapacity most tensors of a graph
   */
  public BackendScheduler(List<Backend> backends, int graphCapacity) {
    super(
        "ggml_backend_sched_new",
        Threads.CONFINED,
        create(backends, graphCapacity),
        Ggml::ggml_backend_sched_free);
  }

  private static MemorySegment create(List<Backend> backends, int graphCapacity) {
    if (backends.isEmpty() || backends.getLast().device().kind() != Device.Kind.CPU) {
      throw new IllegalArgumentException(
          "backends: expected the CPU as the last, found " + backends);
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
   * from now on.
   *
   * @throws GgmlException if a device has no room
   */
  public void allocate(ComputeGraph graph) {
    Ggml.ggml_backend_sched_reset(handle());
    if (!Ggml.ggml_backend_sched_alloc_graph(handle(), graph.handle())) {
      throw new GgmlException(
          "no memory for a graph of %d operations%s"
              .formatted(graph.nodeCount(), GgmlLibrary.lastWords()));
    }
  }

  /**
   * Runs the graph that was allocated last, again and again if wanted; returns when it is done.
   *
   * @throws GgmlException if a backend fails
   */
  public GraphStatus compute(ComputeGraph graph) {
    int status = Ggml.ggml_backend_sched_graph_compute(handle(), graph.handle());
    if (status == Ggml.GGML_STATUS_SUCCESS()) {
      return GraphStatus.DONE;
    }
    if (status == Ggml.GGML_STATUS_ABORTED()) {
      return GraphStatus.ABORTED;
    }
    throw new GgmlException(
        "ggml_backend_sched_graph_compute: status %d%s".formatted(status, GgmlLibrary.lastWords()));
  }

  /** Bytes that it holds on a backend for the tensors of graphs. */
  public long byteSize(Backend backend) {
    return Ggml.ggml_backend_sched_get_buffer_size(handle(), backend.handle());
  }
}
