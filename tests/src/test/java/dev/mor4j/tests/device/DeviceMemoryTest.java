package dev.mor4j.tests.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.ggml.Backend;
import dev.mor4j.ggml.BackendBuffer;
import dev.mor4j.ggml.BackendScheduler;
import dev.mor4j.ggml.ComputeGraph;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Copies to a device's own memory, and graphs over it and the CPU. */
@Tag("device")
class DeviceMemoryTest {
  /** More than one piece of a copy, and no whole number of them. */
  private static final int LARGE = (10 << 20) + 3;

  private static final Device TRIAL =
      Device.all().stream()
          .filter(device -> device.name().equals("TRIAL0"))
          .findFirst()
          .orElseThrow();

  @Test
  void copiesLargeTensorsWhole() {
    try (Backend backend = new Backend(TRIAL);
        GgmlContext context = GgmlContext.forState(1);
        Arena host = Arena.ofConfined()) {
      Tensor tensor = context.newTensor(TensorType.F32, Shape.of(LARGE), "large");
      MemorySegment values = host.allocate(tensor.byteSize(), 8);
      for (int i = 0; i < LARGE; i++) {
        values.setAtIndex(ValueLayout.JAVA_FLOAT, i, i);
      }
      try (BackendBuffer memory = BackendBuffer.allocate(context, TRIAL.bufferType())) {
        backend.beginCopy(values, tensor);
        backend.awaitCopies();
        MemorySegment found = host.allocate(tensor.byteSize(), 8);
        tensor.read(found);

        assertThat(found.mismatch(values)).isEqualTo(-1);
        assertThat(memory.byteSize()).isGreaterThanOrEqualTo(values.byteSize());
        assertThatThrownBy(() -> backend.beginCopy(values.asSlice(4), tensor))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("expected %d bytes".formatted(values.byteSize()));
      }
    }
  }

  @Test
  void graphOverTwoBackendsSaysWhereItRunsAndIsNotAllocatedTwice() {
    try (GgmlContext state = GgmlContext.forState(1);
        GgmlContext context = GgmlContext.forGraph(8);
        Backend trial = new Backend(TRIAL);
        Backend cpu = new Backend(Device.cpu())) {
      Tensor there = state.newTensor(TensorType.F32, Shape.of(4), "there");
      try (BackendBuffer memory = BackendBuffer.allocate(state, TRIAL.bufferType());
          BackendScheduler scheduler = new BackendScheduler(List.of(trial, cpu), 32)) {
        ComputeGraph graph = context.newGraph();
        Tensor sum = context.ops().sum(there, there).asOutput();
        graph.expand(sum);

        scheduler.allocate(graph);

        assertThat(memory.byteSize()).isPositive();
        assertThat(scheduler.deviceOf(graph, sum)).isEqualTo(TRIAL);
        assertThat(scheduler.splitCount()).isEqualTo(1);
        assertThatThrownBy(() -> scheduler.allocate(graph))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("build it anew");
      }
    }
  }
}
