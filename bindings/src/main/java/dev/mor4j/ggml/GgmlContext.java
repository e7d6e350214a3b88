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
 * Holds the metadata of tensors and at most one graph, but no tensor data. All memory is allocated
 * on creation, for a given number of tensors.
 */
public final class GgmlContext extends NativeObject {
  private final int tensorCapacity;
  private final boolean hasGraph;

  /** Owners of the tensors' data, to which C has pointers. */
  private final List<NativeObject> memory = new ArrayList<>();

  /** Tensors of other contexts that are inputs of operations, such as weights and caches. */
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
          "context: expected a capacity of at least 1 tensor, found " + tensorCapacity);
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
   * A context for long-lived tensors that any thread may read: weights.
   *
   * @param tensorCapacity maximum number of tensors
   */
  public static GgmlContext forWeights(int tensorCapacity) {
    return new GgmlContext(Threads.SHARED, tensorCapacity, false);
  }

  /**
   * A context for tensors that one thread keeps between graphs: caches and streams.
   *
   * @param tensorCapacity maximum number of tensors
   */
  public static GgmlContext forState(int tensorCapacity) {
    return new GgmlContext(Threads.CONFINED, tensorCapacity, false);
  }

  /**
   * A context for one graph, on one thread.
   *
   * @param tensorCapacity maximum number of tensors of the graph: inputs, operations, and the
   *     tensors of other contexts that they read
   */
  public static GgmlContext forGraph(int tensorCapacity) {
    return new GgmlContext(Threads.CONFINED, tensorCapacity, true);
  }

  /**
   * Creates a tensor without data. A buffer or the scheduler allocates its memory later.
   *
   * @throws IllegalArgumentException if a size is 0, a row is not a multiple of the type's block,
   *     or the bytes do not fit a long
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
          "%s: expected a size below 2^63 bytes, found that of %s %s"
              .formatted(Printable.oneLine(name), type, shape),
          overflow);
    }
  }

  /** Names a tensor; ggml truncates names to 63 bytes. */
  public Tensor named(Tensor tensor, String name) {
    try (Arena call = Arena.ofConfined()) {
      Ggml.ggml_set_name(tensor.struct(), call.allocateFrom(name));
    }
    return tensor;
  }

  /** Operations that add tensors to this context. */
  public TensorOps ops() {
    return new TensorOps(this);
  }

  /**
   * Creates the graph of a context of {@link #forGraph}; to be called once.
   *
   * @throws IllegalStateException if the context has no graph, or the graph was created before
   */
  public ComputeGraph newGraph() {
    if (!hasGraph) {
      throw new IllegalStateException("expected a context for a graph, found one without");
    }
    if (graphTaken) {
      throw new IllegalStateException("expected no graph in this context yet, found one");
    }
    graphTaken = true;
    return new ComputeGraph(this, Ggml.ggml_new_graph_custom(handle(), tensorCapacity, false));
  }

  /**
   * Registers the inputs of an operation and reserves space for its result: ggml aborts if a graph
   * has more tensors than its capacity.
   *
   * @throws IllegalArgumentException if another context computes one of the inputs
   */
  void reserve(Tensor... inputs) {
    for (Tensor input : inputs) {
      if (input.context() != this) {
        if (!input.isLeaf()) {
          throw new IllegalArgumentException(
              input + ": expected a result of the same context, found one of another context");
        }
        borrowed.add(input);
        addOnce(lenders, input.context());
      }
    }
    if (graphTensorCount() >= tensorCapacity) {
      throw new IllegalStateException(
          "the context is full: its capacity is %s tensors".formatted(tensorCapacity));
    }
  }

  /** Upper bound of the number of tensors in the graph, including those of other contexts. */
  int graphTensorCount() {
    return tensorCount + borrowed.size();
  }

  void placedIn(NativeObject owner) {
    addOnce(memory, owner);
  }

  /** The lists are short, and iterating them by index makes no garbage. */
  private static <E> void addOnce(List<E> list, E element) {
    if (!list.contains(element)) {
      list.add(element);
    }
  }

  /**
   * To be called before C reads or writes data.
   *
   * @throws IllegalStateException if an owner of the data is closed
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
