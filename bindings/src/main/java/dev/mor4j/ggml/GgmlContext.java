package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.ggml_init_params;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Holds the metadata of tensors and at most one graph; never their data. All memory is set aside
 * when it is made, for a given number of tensors.
 */
public final class GgmlContext extends NativeObject {
  private final int tensorCapacity;
  private final boolean hasGraph;
  private int tensorCount;

  private GgmlContext(Threads threads, int tensorCapacity, boolean hasGraph) {
    super("ggml_init", threads, init(tensorCapacity, hasGraph), Ggml::ggml_free);
    this.tensorCapacity = tensorCapacity;
    this.hasGraph = hasGraph;
  }

  private static MemorySegment init(int tensorCapacity, boolean hasGraph) {
    GgmlLibrary.load();
    try (Arena call = Arena.ofConfined()) {
      MemorySegment params = ggml_init_params.allocate(call);
      long graphBytes = hasGraph ? Ggml.ggml_graph_overhead_custom(tensorCapacity, false) : 0;
      ggml_init_params.mem_size(
          params, tensorCapacity * Ggml.ggml_tensor_overhead() + graphBytes + 1024);
      ggml_init_params.mem_buffer(params, MemorySegment.NULL);
      ggml_init_params.no_alloc(params, true);
      return Ggml.ggml_init(params);
    }
  }

  /**
   * For tensors that live long and may be read on any thread: weights.
   *
   * @param tensorCapacity most tensors it can hold
   */
  public static GgmlContext forWeights(int tensorCapacity) {
    return new GgmlContext(Threads.SHARED, tensorCapacity, false);
  }

  /**
   * For tensors that one thread keeps between graphs: caches and streams.
   *
   * @param tensorCapacity most tensors it can hold
   */
  public static GgmlContext forState(int tensorCapacity) {
    return new GgmlContext(Threads.CONFINED, tensorCapacity, false);
  }

  /**
   * For one graph, on one thread.
   *
   * @param tensorCapacity most tensors, operations included, that the graph can have
   */
  public static GgmlContext forGraph(int tensorCapacity) {
    return new GgmlContext(Threads.CONFINED, tensorCapacity, true);
  }

  /**
   * A tensor without data; its place is given later, by a buffer or by the scheduler.
   *
   * @throws IllegalArgumentException if a row is no multiple of the type's block
   */
  public Tensor newTensor(TensorType type, Shape shape, String name) {
    type.rowBytes(shape.size0());
    reserve(1);
    return named(
        adopt(
            Ggml.ggml_new_tensor_4d(
                handle(), type.id(), shape.size0(), shape.size1(), shape.size2(), shape.size3())),
        name);
  }

  /** Gives a tensor the name that it bears in traces; cut to ggml's 63 bytes. */
  public Tensor named(Tensor tensor, String name) {
    try (Arena call = Arena.ofConfined()) {
      Ggml.ggml_set_name(tensor.struct(), call.allocateFrom(name));
    }
    return tensor;
  }

  /** The operations that add tensors to this context. */
  public TensorOps ops() {
    return new TensorOps(this);
  }

  /**
   * The graph of a context made with {@link #forGraph}; call it once.
   *
   * @throws IllegalStateException if the context was made without
   */
  public ComputeGraph newGraph() {
    if (!hasGraph) {
      throw new IllegalStateException("this context was made without a graph");
    }
    return new ComputeGraph(this, Ggml.ggml_new_graph_custom(handle(), tensorCapacity, false));
  }

  /** Room is checked before each call that takes some, since ggml aborts when there is none. */
  void reserve(int tensors) {
    if (tensorCount + tensors > tensorCapacity) {
      throw new IllegalStateException("context is full: " + tensorCapacity + " tensors");
    }
  }

  Tensor adopt(MemorySegment raw) {
    tensorCount++;
    return new Tensor(this, raw);
  }
}
