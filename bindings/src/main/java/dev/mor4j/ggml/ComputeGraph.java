package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Operations in the order in which they run; lives as long as its {@link GgmlContext}. */
public final class ComputeGraph {
  private final GgmlContext context;
  private final MemorySegment handle;

  ComputeGraph(GgmlContext context, MemorySegment handle) {
    this.context = context;
    this.handle = handle;
  }

  MemorySegment handle() {
    context.handle().scope(); // a closed context fails here, before C is reached
    return handle;
  }

  /**
   * Appends whatever a tensor needs that is not in the graph yet, then the tensor. The order of
   * calls is the order of side effects: writes to a cache come before the reads that shall see
   * them.
   */
  public void expand(Tensor result) {
    Ggml.ggml_build_forward_expand(handle(), result.struct());
  }

  /** Operations so far, inputs not counted. */
  public int nodeCount() {
    return Ggml.ggml_graph_n_nodes(handle());
  }

  /** The node or input of a name, for tests and traces. */
  public Optional<Tensor> find(String name) {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment found = Ggml.ggml_graph_get_tensor(handle(), call.allocateFrom(name));
      return found.equals(MemorySegment.NULL)
          ? Optional.empty()
          : Optional.of(new Tensor(context, found));
    }
  }
}
