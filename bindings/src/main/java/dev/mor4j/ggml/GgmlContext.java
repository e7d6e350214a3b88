package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.ggml_init_params;
import dev.mor4j.gguf.Printable;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Holds the metadata of tensors and at most one graph; never their data. All memory is set aside
 * when it is made, for a given number of tensors.
 */
public final class GgmlContext extends NativeObject {
  private final int tensorCapacity;
  private final boolean hasGraph;

  /** Where the tensors' data lies: C follows these pointers without asking. */
  private final List<NativeObject> memory = new ArrayList<>();

  /** Inputs of operations that are tensors of other contexts: weights, caches. */
  private final Set<Tensor> borrowed = new HashSet<>();

  private final List<GgmlContext> lenders = new ArrayList<>();
  private int tensorCount;
  private boolean graphTaken;

  private GgmlContext(Threads threads, int tensorCapacity, boolean hasGraph) {
    super("ggml_init", threads, init(tensorCapacity, hasGraph), Ggml::ggml_free);
    this.tensorCapacity = tensorCapacity;
    this.hasGraph = hasGraph;
  }

  private static MemorySegment init(int tensorCapacity, boolean hasGraph) {
    if (tensorCapacity < 1) {
      throw new IllegalArgumentException(
          "context: expected room for at least 1 tensor, found " + tensorCapacity);
    }
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
   * @param tensorCapacity most tensors that the graph can have: its inputs, its operations, and the
   *     tensors of other contexts that they read
   */
  public static GgmlContext forGraph(int tensorCapacity) {
    return new GgmlContext(Threads.CONFINED, tensorCapacity, true);
  }

  /**
   * A tensor without data; its place is given later, by a buffer or by the scheduler.
   *
   * @throws IllegalArgumentException if a size is 0, a row is no multiple of the type's block, or
   *     the bytes do not fit a long
   * @throws IllegalStateException if the context is full
   */
  public Tensor newTensor(TensorType type, Shape shape, String name) {
    checkShape(type, shape, name);
    reserve();
    return named(
        adopt(
            Ggml.ggml_new_tensor_4d(
                handle(), type.id(), shape.size0(), shape.size1(), shape.size2(), shape.size3())),
        name);
  }

  private static void checkShape(TensorType type, Shape shape, String name) {
    try {
      long bytes = Math.multiplyExact(type.rowBytes(shape.size0()), shape.rowCount());
      if (bytes == 0) {
        throw new IllegalArgumentException(
            "%s: expected sizes of at least 1, found %s".formatted(Printable.oneLine(name), shape));
      }
    } catch (ArithmeticException overflow) {
      throw new IllegalArgumentException(
          "%s: %s %s has more bytes than fit a long"
              .formatted(Printable.oneLine(name), type, shape),
          overflow);
    }
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
   * @throws IllegalStateException if the context was made without, or its graph is taken
   */
  public ComputeGraph newGraph() {
    if (!hasGraph) {
      throw new IllegalStateException("this context was made without a graph");
    }
    if (graphTaken) {
      throw new IllegalStateException("this context has room for one graph, which is taken");
    }
    graphTaken = true;
    return new ComputeGraph(this, Ggml.ggml_new_graph_custom(handle(), tensorCapacity, false));
  }

  /**
   * Admits the inputs of an operation and room for its result: ggml aborts when a graph has more
   * tensors than it was made for.
   *
   * @throws IllegalArgumentException if another context computes one of the inputs
   */
  void reserve(Tensor... inputs) {
    for (Tensor input : inputs) {
      if (input.context() != this) {
        if (!input.isLeaf()) {
          throw new IllegalArgumentException(
              input + ": expected a result of the same context, found one of another");
        }
        borrowed.add(input);
        addOnce(lenders, input.context());
      }
    }
    if (graphTensorCount() >= tensorCapacity) {
      throw new IllegalStateException("context is full: " + tensorCapacity + " tensors");
    }
  }

  /** At most so many tensors are in the graph, those of other contexts included. */
  int graphTensorCount() {
    return tensorCount + borrowed.size();
  }

  void placedIn(NativeObject owner) {
    addOnce(memory, owner);
  }

  /** There are few, and they are walked more often than added: lists make no garbage. */
  private static <E> void addOnce(List<E> list, E element) {
    if (!list.contains(element)) {
      list.add(element);
    }
  }

  /**
   * Before C reads or writes data.
   *
   * @throws IllegalStateException if what holds the data was closed
   */
  void requireMemory() {
    requireOpen();
    for (int i = 0; i < memory.size(); i++) {
      memory.get(i).requireOpen();
    }
    for (int i = 0; i < lenders.size(); i++) {
      lenders.get(i).requireMemory();
    }
  }

  Tensor adopt(MemorySegment raw) {
    tensorCount++;
    return new Tensor(this, raw);
  }
}
