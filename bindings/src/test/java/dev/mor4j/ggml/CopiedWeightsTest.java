package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CopiedWeightsTest {
  private static final Shape SHAPE = Shape.of(256, 64);
  private static final float[] VALUES = CpuGraph.gaussians(1, 256 * 64);
  private static final float[] COLUMNS = CpuGraph.gaussians(2, 256 * 5);

  private static MemorySegment encoded(TensorType type, Arena arena) {
    MemorySegment bytes = arena.allocate(64 * type.rowBytes(256), 64);
    MemorySegment values = arena.allocateFrom(ValueLayout.JAVA_FLOAT, VALUES);
    Quantization.encode(type, values, bytes, 64, 256);
    return bytes;
  }

  /** The memory that the device prefers for weights, the plain one where it has no other. */
  private static BufferType layout(TensorType type) {
    Device cpu = Device.cpu();
    Optional<BufferType> preferred =
        cpu.weightBufferTypes().stream()
            .filter(layout -> layout.multiplies(cpu, type, SHAPE))
            .findFirst();
    return preferred.orElse(cpu.bufferType());
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"})
  void multipliesAsFromTheFile(TensorType type) {
    float[] asStored;
    try (CpuGraph graph = new CpuGraph()) {
      Tensor weights = graph.input(type, SHAPE, VALUES);
      Tensor columns = graph.input(TensorType.F32, Shape.of(256, 5), COLUMNS);
      asStored = graph.run(graph.ops().matMul(weights, columns));
    }

    try (Arena arena = Arena.ofConfined();
        GgmlContext context = GgmlContext.forWeights(1)) {
      Tensor weights = context.newTensor(type, SHAPE, "weights");
      try (CopiedWeights memory = new CopiedWeights(context, layout(type));
          CpuGraph graph = new CpuGraph()) {
        memory.fill(weights, encoded(type, arena));
        Tensor columns = graph.input(TensorType.F32, Shape.of(256, 5), COLUMNS);

        float[] copied = graph.run(graph.ops().matMul(weights, columns));

        // the same whole-number products, summed in another order
        assertThat(copied).hasSameSizeAs(asStored);
        for (int i = 0; i < copied.length; i++) {
          assertThat(copied[i]).isCloseTo(asStored[i], within(1e-3f));
        }
        assertThat(memory.byteSize()).isGreaterThanOrEqualTo(weights.byteSize());
      }
    }
  }

  @Test
  void noLayoutClaimsTypesThatItDoesNotKnow() {
    Device cpu = Device.cpu();

    for (BufferType layout : cpu.weightBufferTypes()) {
      assertThat(layout.multiplies(cpu, TensorType.F32, SHAPE)).as(layout.name()).isFalse();
    }
  }

  @Test
  void refusesDataOfAnotherSizeOrOnTheHeap() {
    try (Arena arena = Arena.ofConfined();
        GgmlContext context = GgmlContext.forWeights(1)) {
      Tensor weights = context.newTensor(TensorType.F32, Shape.of(4), "weights");
      try (CopiedWeights memory = new CopiedWeights(context, Device.cpu().bufferType())) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> memory.fill(weights, arena.allocate(15)))
            .withMessageContaining("expected 16 bytes");
        assertThatIllegalArgumentException()
            .isThrownBy(() -> memory.fill(weights, MemorySegment.ofArray(new float[4])));
      }
    }
  }
}
