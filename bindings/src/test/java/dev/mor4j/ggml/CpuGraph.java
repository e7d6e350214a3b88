package dev.mor4j.ggml;

import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * One graph on the CPU backend, with two threads unless asked otherwise: inputs from arrays, the
 * result as an array.
 */
final class CpuGraph implements AutoCloseable {
  private static final int CAPACITY = 64;

  private final Arena host = Arena.ofConfined();
  private final ThreadPool pool;
  private final Backend backend = new Backend(Device.cpu());
  private final GgmlContext context = GgmlContext.forGraph(CAPACITY);
  private final BackendScheduler scheduler = new BackendScheduler(List.of(backend), CAPACITY);
  private final Map<Tensor, MemorySegment> inputs = new LinkedHashMap<>();

  CpuGraph() {
    this(2);
  }

  CpuGraph(int threads) {
    pool = new ThreadPool(Device.cpu(), threads);
    backend.use(pool);
  }

  /** Seeded values around 0, deviation 1. */
  static float[] gaussians(long seed, int count) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int index = 0; index < count; index++) {
      values[index] = (float) random.nextGaussian();
    }
    return values;
  }

  TensorOps ops() {
    return context.ops();
  }

  GgmlContext context() {
    return context;
  }

  /** A tensor that is written before the graph runs; {@code values} are encoded to its type. */
  Tensor input(TensorType type, Shape shape, float... values) {
    MemorySegment bytes = host.allocate(shape.rowCount() * type.rowBytes(shape.size0()), 64);
    Quantization.encode(
        type,
        host.allocateFrom(ValueLayout.JAVA_FLOAT, values),
        bytes,
        shape.rowCount(),
        shape.size0());
    return input(context.newTensor(type, shape, "input"), bytes);
  }

  /** I32 [values]. */
  Tensor input(int... values) {
    return input(
        context.newTensor(TensorType.I32, Shape.of(values.length), "input"),
        host.allocateFrom(ValueLayout.JAVA_INT, values));
  }

  private Tensor input(Tensor tensor, MemorySegment bytes) {
    inputs.put(tensor.asInput(), bytes);
    return tensor;
  }

  /** What an input holds once it is rounded to its type. */
  float[] rounded(Tensor input) {
    return decode(input.type(), inputs.get(input), input.shape());
  }

  /** Runs the graph and decodes its result. */
  float[] run(Tensor result) {
    Tensor whole = result.isContiguous() ? result : ops().contiguous(result);
    MemorySegment bytes = host.allocate(whole.byteSize(), 64);
    compute(whole.asOutput());
    whole.read(bytes);
    return whole.type() == TensorType.I32
        ? ints(bytes)
        : decode(whole.type(), bytes, whole.shape());
  }

  private void compute(Tensor result) {
    ComputeGraph graph = context.newGraph();
    inputs.keySet().forEach(graph::expand);
    graph.expand(result);
    scheduler.allocate(graph);
    inputs.forEach(Tensor::write);
    if (scheduler.compute(graph) != GraphStatus.DONE) {
      throw new IllegalStateException("expected the graph to finish");
    }
  }

  private float[] decode(TensorType type, MemorySegment bytes, Shape shape) {
    MemorySegment floats = host.allocate(ValueLayout.JAVA_FLOAT, shape.valueCount());
    Quantization.decode(type, bytes, floats, shape.rowCount(), shape.size0());
    return floats.toArray(ValueLayout.JAVA_FLOAT);
  }

  private static float[] ints(MemorySegment bytes) {
    int[] ints = bytes.toArray(ValueLayout.JAVA_INT);
    float[] floats = new float[ints.length];
    for (int index = 0; index < ints.length; index++) {
      floats[index] = ints[index];
    }
    return floats;
  }

  @Override
  public void close() {
    scheduler.close();
    context.close();
    backend.close();
    pool.close();
    host.close();
  }
}
