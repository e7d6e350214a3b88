package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Loader;
import dev.mor4j.ggml.ffi.Structs;
import dev.mor4j.ggml.ffi.ggml_tensor;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A tensor of a {@link GgmlContext}, valid until the context is closed. Its data is owned by a
 * {@link BackendBuffer} or, if a graph computes it, by the {@link BackendScheduler}.
 */
public final class Tensor {
  private static final Set<Integer> VIEWS =
      Set.of(
          Ggml.GGML_OP_NONE(),
          Ggml.GGML_OP_RESHAPE(),
          Ggml.GGML_OP_VIEW(),
          Ggml.GGML_OP_PERMUTE(),
          Ggml.GGML_OP_TRANSPOSE());

  private final GgmlContext context;
  private final MemorySegment struct;
  private final TensorType type;
  private final Shape shape;

  /** The last known address of the values, and the result of {@link #onHost} for it. */
  private long knownData;

  private long knownBuffer;
  private MemorySegment knownOnHost = MemorySegment.NULL;

  Tensor(GgmlContext context, MemorySegment raw) {
    this.context = context;
    struct = Structs.tensor(raw, context.arena());
    type = TensorType.byId(ggml_tensor.type(struct)).orElseThrow();
    shape =
        new Shape(
            ggml_tensor.ne(struct, 0),
            ggml_tensor.ne(struct, 1),
            ggml_tensor.ne(struct, 2),
            ggml_tensor.ne(struct, 3));
  }

  MemorySegment struct() {
    return struct;
  }

  GgmlContext context() {
    return context;
  }

  /** Whether no operation computes this tensor: it is an input, a weight or a cache. */
  boolean isLeaf() {
    return ggml_tensor.op(struct) == Ggml.GGML_OP_NONE();
  }

  /** ggml's name of the operation, such as {@code MUL_MAT}; {@code NONE} for inputs. */
  public String operation() {
    return Loader.string(Ggml.ggml_op_desc(struct));
  }

  /** Whether an operation computes values for this tensor: it is neither an input nor a view. */
  public boolean isComputed() {
    return !VIEWS.contains(ggml_tensor.op(struct));
  }

  /**
   * The devices whose memory holds the weights and caches that this operation reads or writes. To
   * be called before the graph is allocated, because then other operands have memory too.
   */
  public Set<Device> devicesOfOperands() {
    Set<Device> devices = new HashSet<>();
    base()
        .deviceOfMemory()
        .ifPresent(devices::add); // the tensor that it writes into, such as a cache
    for (int index = 0; index < Ggml.GGML_MAX_SRC(); index++) {
      MemorySegment operand = ggml_tensor.src(struct, index);
      if (!operand.equals(MemorySegment.NULL)) {
        new Tensor(context, operand).base().deviceOfMemory().ifPresent(devices::add);
      }
    }
    return devices;
  }

  /**
   * The device that holds the rows that this operation gathers, if it is known before allocation.
   */
  Optional<Device> lookupDevice() {
    return ggml_tensor.op(struct) == Ggml.GGML_OP_GET_ROWS()
        ? new Tensor(context, ggml_tensor.src(struct, 0)).base().deviceOfMemory()
        : Optional.empty();
  }

  /** The tensor that this is a view of, or this tensor. */
  private Tensor base() {
    MemorySegment base = ggml_tensor.view_src(struct);
    return base.equals(MemorySegment.NULL) ? this : new Tensor(context, base);
  }

  private Optional<Device> deviceOfMemory() {
    MemorySegment buffer = ggml_tensor.buffer(struct);
    if (buffer.equals(MemorySegment.NULL)) {
      return Optional.empty();
    }
    MemorySegment device =
        Ggml.ggml_backend_buft_get_device(Ggml.ggml_backend_buffer_get_type(buffer));
    // buffers over mapped files have no device: the CPU reads them
    return Optional.of(device.equals(MemorySegment.NULL) ? Device.cpu() : new Device(device));
  }

  /** The name; ggml truncates names to 63 bytes. */
  public String name() {
    return ggml_tensor.name(struct).getString(0);
  }

  /** The type of the values. */
  public TensorType type() {
    return type;
  }

  /** The sizes, fastest first. */
  public Shape shape() {
    return shape;
  }

  /** Bytes from the first to the last value. */
  public long byteSize() {
    return Ggml.ggml_nbytes(struct);
  }

  /** Bytes from one index of a dimension to the next. */
  long stride(int dimension) {
    return ggml_tensor.nb(struct, dimension);
  }

  /** Whether the values of each row are contiguous, as nearly all kernels require. */
  boolean hasContiguousRows() {
    return stride(0) == type.blockBytes();
  }

  boolean isContiguous() {
    return Ggml.ggml_is_contiguous(struct);
  }

  /**
   * Marks this tensor as an input: its memory is not reused before the graph runs, so the host can
   * write to it.
   */
  public Tensor asInput() {
    Ggml.ggml_set_input(struct);
    return this;
  }

  /**
   * Marks this tensor as an output: its memory is not reused, so the host can read it after a run.
   */
  public Tensor asOutput() {
    Ggml.ggml_set_output(struct);
    return this;
  }

  /**
   * Copies host memory into this tensor, on whatever device it is.
   *
   * @param source native memory, exactly {@link #byteSize} bytes
   * @throws IllegalStateException if the tensor has no memory yet, or its memory was freed
   * @throws IllegalArgumentException if the sizes differ, or this is a view with gaps
   */
  public void write(MemorySegment source) {
    checkTransfer(source);
    Ggml.ggml_backend_tensor_set(struct, source, 0, source.byteSize());
  }

  /**
   * Copies this tensor into host memory.
   *
   * @param target native memory, exactly {@link #byteSize} bytes
   * @throws IllegalStateException if the tensor has no memory yet, or its memory was freed
   * @throws IllegalArgumentException if the sizes differ, or this is a view with gaps
   */
  public void read(MemorySegment target) {
    checkTransfer(target);
    Ggml.ggml_backend_tensor_get(struct, target, 0, target.byteSize());
  }

  /**
   * Copies one row to the heap if the values are in host memory, without a call into C and without
   * an intermediate copy.
   *
   * @param target receives the values; at least as long as a row
   * @return whether the values are in host memory
   * @throws IllegalStateException if the tensor has no memory yet, or its memory was freed
   * @throws IllegalArgumentException if the values are not contiguous F32, or the target is too
   *     short
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public boolean readRowOnHost(long row, float[] target) {
    requireMemory();
    Objects.checkIndex(row, shape.rowCount());
    int width = Math.toIntExact(shape.size0());
    if (type != TensorType.F32 || !isContiguous() || target.length < width) {
      throw new IllegalArgumentException(
          "%s: expected contiguous F32 and a target for one row, found a target of %s values"
              .formatted(this, target.length));
    }
    MemorySegment values = onHost();
    if (values.equals(MemorySegment.NULL)) {
      return false;
    }
    MemorySegment.copy(values, ValueLayout.JAVA_FLOAT, row * width * Float.BYTES, target, 0, width);
    return true;
  }

  /** The values in host memory, or NULL if they are not there. Looked up again when they move. */
  private MemorySegment onHost() {
    long data = struct.get(ValueLayout.JAVA_LONG, ggml_tensor.data$offset());
    long buffer = struct.get(ValueLayout.JAVA_LONG, ggml_tensor.buffer$offset());
    if (data != knownData || buffer != knownBuffer) {
      knownData = data;
      knownBuffer = buffer;
      knownOnHost =
          buffer != 0 && Ggml.ggml_backend_buffer_is_host(ggml_tensor.buffer(struct))
              ? Structs.memory(ggml_tensor.data(struct), byteSize())
              : MemorySegment.NULL;
    }
    return knownOnHost;
  }

  private void requireMemory() {
    context.requireMemory();
    if (!isAllocated()) {
      throw new IllegalStateException(this + " has no memory yet");
    }
  }

  private void checkTransfer(MemorySegment host) {
    requireMemory();
    if (!isContiguous()) {
      throw new IllegalArgumentException(
          this + ": expected contiguous values, found a view with gaps: copy it first");
    }
    if (!host.isNative() || host.byteSize() != byteSize()) {
      throw new IllegalArgumentException(
          "%s: expected %s bytes of native memory, found %s%s"
              .formatted(this, byteSize(), host.byteSize(), host.isNative() ? "" : " on the heap"));
    }
  }

  /**
   * Whether the tensor has memory. A view created before its base had memory gets it with its
   * graph.
   */
  boolean isAllocated() {
    return struct.get(ValueLayout.JAVA_LONG, ggml_tensor.data$offset()) != 0;
  }

  /** Type and shape, such as {@code F32 [256, 7]}. */
  @Override
  public String toString() {
    return type + " " + shape;
  }
}
