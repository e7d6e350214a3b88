package dev.mor4j.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.ggml.Backend;
import dev.mor4j.ggml.BackendBuffer;
import dev.mor4j.ggml.BackendScheduler;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.kvcache.KvTensors;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.TestConfigs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Operations that have two forms: both give the same, and a device is asked which it runs. */
class DeviceChoiceTest {
  private static final int KEY_LENGTH = 16;
  private static final int SLOTS = 96;
  private static final int TOKENS = 5;
  private static final Device CPU = Device.cpu();

  private final SplittableRandom random = new SplittableRandom(7);

  /** State tensors, a graph over them, and its result on the CPU. */
  private static float[] compute(
      List<Filled> inputs, Function<List<Tensor>, Function<GgmlContext, Tensor>> build) {
    try (GgmlContext state = GgmlContext.forState(inputs.size());
        GgmlContext context = GgmlContext.forGraph(64);
        Backend backend = new Backend(CPU);
        Arena host = Arena.ofConfined()) {
      List<Tensor> tensors =
          inputs.stream().map(each -> state.newTensor(each.type(), each.shape(), "in")).toList();
      try (BackendBuffer memory = BackendBuffer.allocate(state, CPU.bufferType());
          BackendScheduler scheduler = new BackendScheduler(List.of(backend), 128)) {
        assertThat(memory.byteSize()).isPositive();
        for (int i = 0; i < inputs.size(); i++) {
          MemorySegment staging = host.allocate(tensors.get(i).byteSize(), 8);
          staging.copyFrom(inputs.get(i).values());
          tensors.get(i).write(staging);
        }
        Tensor result = build.apply(tensors).apply(context).asOutput();
        var graph = context.newGraph();
        graph.expand(result);
        scheduler.allocate(graph);
        scheduler.compute(graph);
        MemorySegment values = host.allocate(result.byteSize(), 8);
        result.read(values);
        return values.toArray(ValueLayout.JAVA_FLOAT);
      }
    }
  }

  private record Filled(TensorType type, Shape shape, MemorySegment values) {}

  private Filled floats(long... sizes) {
    Shape shape = Shape.of(sizes);
    float[] values = new float[(int) shape.valueCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return new Filled(TensorType.F32, shape, MemorySegment.ofArray(values));
  }

  private Filled halves(long... sizes) {
    Filled wide = floats(sizes);
    float[] values = wide.values().toArray(ValueLayout.JAVA_FLOAT);
    short[] bits = new short[values.length];
    for (int i = 0; i < values.length; i++) {
      bits[i] = Float.floatToFloat16(values[i]);
    }
    return new Filled(TensorType.F16, wide.shape(), MemorySegment.ofArray(bits));
  }

  /** Token t sees the slots up to 40 + t. */
  private static Filled mask() {
    short[] bits = new short[SLOTS * TOKENS];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = i % SLOTS <= 40 + i / SLOTS ? 0 : (short) 0xFC00;
    }
    return new Filled(TensorType.F16, Shape.of(SLOTS, TOKENS), MemorySegment.ofArray(bits));
  }

  /** The list of slots of all rows; row t sees the first 41 + t of them. */
  private static Filled slotLists() {
    int[] lists = IntStream.range(0, SLOTS).toArray();
    return new Filled(TensorType.I32, Shape.of(SLOTS), MemorySegment.ofArray(lists));
  }

  private static Filled ranges() {
    int[] ranges = new int[2 * TOKENS];
    for (int row = 0; row < TOKENS; row++) {
      ranges[2 * row + 1] = 41 + row;
    }
    return new Filled(TensorType.I32, Shape.of(2, TOKENS), MemorySegment.ofArray(ranges));
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16"})
  void allKernelsAgree(TensorType type) {
    Filled queries = floats(KEY_LENGTH, 4, TOKENS);
    Filled keys =
        type == TensorType.F32 ? floats(2 * KEY_LENGTH, SLOTS) : halves(2 * KEY_LENGTH, SLOTS);
    Filled values =
        type == TensorType.F32 ? floats(2 * KEY_LENGTH, SLOTS) : halves(2 * KEY_LENGTH, SLOTS);

    float[] ragged =
        compute(
            List.of(queries, keys, values, slotLists(), ranges()),
            in ->
                attention(
                    AttentionKernel.RAGGED, in, new VisibilityInput.Lists(in.get(3), in.get(4))));
    float[] flash = masked(AttentionKernel.FLASH, List.of(queries, keys, values, mask()));
    float[] composed = masked(AttentionKernel.COMPOSED, List.of(queries, keys, values, mask()));

    // half precision: ggml's fused kernel rounds queries and sums in half precision for few rows
    float bound = type == TensorType.F32 ? 1e-5f : 5e-3f;
    assertThat(ragged).hasSize(KEY_LENGTH * 4 * TOKENS);
    for (int i = 0; i < ragged.length; i++) {
      assertThat(Math.abs(flash[i] - composed[i])).isLessThan(bound);
      assertThat(Math.abs(ragged[i] - composed[i])).isLessThan(bound);
    }
  }

  private static float[] masked(AttentionKernel kernel, List<Filled> inputs) {
    return compute(inputs, in -> attention(kernel, in, new VisibilityInput.Mask(in.get(3))));
  }

  private static Function<GgmlContext, Tensor> attention(
      AttentionKernel kernel, List<Tensor> in, VisibilityInput visibility) {
    return context ->
        kernel.attend(context.ops(), in.get(0), new KvTensors(in.get(1), in.get(2)), visibility);
  }

  @Test
  void composedUpdateIsBitIdenticalToTheFusedOne() {
    List<Filled> inputs =
        List.of(
            floats(24, 6),
            floats(24, 3),
            new Filled(TensorType.I32, Shape.of(3), MemorySegment.ofArray(new int[] {0, 2, 5})),
            floats(3));

    float[] fused = update(GatedUpdate.FUSED, inputs);
    float[] composed = update(GatedUpdate.COMPOSED, inputs);

    assertThat(composed).containsExactly(fused);
  }

  private static float[] update(GatedUpdate form, List<Filled> inputs) {
    return compute(
        inputs,
        in -> context -> form.apply(context.ops(), in.get(0), in.get(1), in.get(2), in.get(3)));
  }

  @Test
  void theCpuRunsTheFusedForms() {
    assertThat(GatedUpdate.choose(CPU)).isEqualTo(GatedUpdate.FUSED);
    assertThat(
            AttentionKernel.choose(
                List.of(CPU), TestConfigs.expertChoice(KvPolicy.PER_STEP).attention(), KvTypes.F16))
        .isEqualTo(AttentionKernel.RAGGED);
  }
}
