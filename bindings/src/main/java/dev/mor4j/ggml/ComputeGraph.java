package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Structs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Operations in the order in which they run. Valid until its {@link GgmlContext} is closed. */
public final class ComputeGraph {
  private final GgmlContext context;
  private final MemorySegment handle;
  private @Nullable BackendScheduler place;
  private long placeBytes;

  ComputeGraph(GgmlContext context, MemorySegment raw) {
    this.context = context;
    handle = Structs.graph(raw, context.arena());
  }

  /** Closed with the context, so that use of a closed graph fails before C is called. */
  MemorySegment handle() {
    return handle;
  }

  GgmlContext context() {
    return context;
  }

  /**
   * Appends a tensor, after the operations that it needs and that are not in the graph yet. The
   * order of calls is the order of side effects: expand writes to a cache before the reads that
   * depend on them.
   *
   * @throws IllegalArgumentException if the tensor is of another context
   */
  public void expand(Tensor result) {
    if (result.context() != context) {
      throw new IllegalArgumentException(
          result + ": expected a tensor of the graph's context, found one of another context");
    }
    Ggml.ggml_build_forward_expand(handle, result.struct());
  }

  /** Number of operations so far, without inputs. */
  public int nodeCount() {
    return Ggml.ggml_graph_n_nodes(handle);
  }

  /** The operations in order, without inputs. */
  public List<Tensor> nodes() {
    return IntStream.range(0, nodeCount())
        .mapToObj(index -> new Tensor(context, Ggml.ggml_graph_node(handle, index)))
        .toList();
  }

  /** Remembers the scheduler whose memory holds the results, and the size of that memory. */
  void placedIn(BackendScheduler scheduler, long schedulerBytes) {
    place = scheduler;
    placeBytes = schedulerBytes;
    context.placedIn(scheduler);
  }

  /**
   * To be called before another allocation: ggml would use the first memory, which may be freed.
   */
  void requirePlace(BackendScheduler scheduler, long schedulerBytes) {
    if (place != null
        && (place != scheduler
            || placeBytes != schedulerBytes
            // operations read copies that the scheduler made, which it has freed since
            || scheduler.backendCount() > 1)) {
      throw new IllegalStateException(
          "the memory of this graph was freed after it was allocated: build a new graph");
    }
  }

  /** The operation or input of that name; a linear search. */
  public Optional<Tensor> find(String name) {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment found = Ggml.ggml_graph_get_tensor(handle, call.allocateFrom(name));
      return found.equals(MemorySegment.NULL)
          ? Optional.empty()
          : Optional.of(new Tensor(context, found));
    }
  }
}
