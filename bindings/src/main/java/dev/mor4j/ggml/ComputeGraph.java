package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Structs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Operations in the order in which they run; lives as long as its {@link GgmlContext}. */
public final class ComputeGraph {
  private final GgmlContext context;
  private final MemorySegment handle;
  private @Nullable BackendScheduler place;
  private long placeBytes;

  ComputeGraph(GgmlContext context, MemorySegment raw) {
    this.context = context;
    handle = Structs.graph(raw, context.arena());
  }

  /** Dies with the context, so that a graph of a closed one fails before C is reached. */
  MemorySegment handle() {
    return handle;
  }

  GgmlContext context() {
    return context;
  }

  /**
   * Appends whatever a tensor needs that is not in the graph yet, then the tensor. The order of
   * calls is the order of side effects: writes to a cache come before the reads that shall see
   * them.
   *
   * @throws IllegalArgumentException if the tensor is of another context
   */
  public void expand(Tensor result) {
    if (result.context() != context) {
      throw new IllegalArgumentException(
          result + ": expected a tensor of the graph's own context, found one of another");
    }
    Ggml.ggml_build_forward_expand(handle, result.struct());
  }

  /** Operations so far, inputs not counted. */
  public int nodeCount() {
    return Ggml.ggml_graph_n_nodes(handle);
  }

  /** The operations in their order, inputs not counted. */
  public List<Tensor> nodes() {
    return IntStream.range(0, nodeCount())
        .mapToObj(index -> new Tensor(context, Ggml.ggml_graph_node(handle, index)))
        .toList();
  }

  /** Remembers whose memory holds the results, and how much there was. */
  void placedIn(BackendScheduler scheduler, long schedulerBytes) {
    place = scheduler;
    placeBytes = schedulerBytes;
    context.placedIn(scheduler);
  }

  /** Before it is allocated again: ggml would use the first place, which may be freed. */
  void requirePlace(BackendScheduler scheduler, long schedulerBytes) {
    if (place != null
        && (place != scheduler
            || placeBytes != schedulerBytes
            // its operations read copies that the scheduler made and has freed since
            || scheduler.backendCount() > 1)) {
      throw new IllegalStateException(
          "the memory of this graph has gone since it was allocated: build it anew");
    }
  }

  /** The node or input of a name, for tests and traces. */
  public Optional<Tensor> find(String name) {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment found = Ggml.ggml_graph_get_tensor(handle, call.allocateFrom(name));
      return found.equals(MemorySegment.NULL)
          ? Optional.empty()
          : Optional.of(new Tensor(context, found));
    }
  }
}
