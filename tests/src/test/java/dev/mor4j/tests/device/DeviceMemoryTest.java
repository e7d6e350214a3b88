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
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Graphs over a device with memory of its own and the CPU. */
@Tag("device")
class DeviceMemoryTest {
  private static final Device TRIAL =
      Device.all().stream()
          .filter(device -> device.name().equals("TRIAL0"))
          .findFirst()
          .orElseThrow();

  @Test
  void rowsArePickedWhereTheirTableIs() {
    try (GgmlContext state = GgmlContext.forState(2);
        GgmlContext host = GgmlContext.forState(1);
        GgmlContext context = GgmlContext.forGraph(8);
        Backend trial = new Backend(TRIAL);
        Backend cpu = new Backend(Device.cpu())) {
      Tensor table = state.newTensor(TensorType.F32, Shape.of(4, 1000), "table");
      Tensor rows = state.newTensor(TensorType.I32, Shape.of(2), "rows");
      Tensor target = host.newTensor(TensorType.F32, Shape.of(4, 2), "target");
      try (BackendBuffer there = BackendBuffer.allocate(state, TRIAL.bufferType());
          BackendBuffer here = BackendBuffer.allocate(host, Device.cpu().bufferType());
          BackendScheduler scheduler = new BackendScheduler(List.of(trial, cpu), 32)) {
        ComputeGraph graph = context.newGraph();
        Tensor picked = context.ops().getRows(table, rows);
        Tensor copied = context.ops().setRows(target, picked, rows);
        graph.expand(copied);

        scheduler.allocate(graph);

        assertThat(there.byteSize()).isPositive();
        assertThat(here.byteSize()).isPositive();
        assertThat(scheduler.deviceOf(graph, copied)).isEqualTo(Device.cpu());
        assertThat(scheduler.deviceOf(graph, picked)).isEqualTo(TRIAL);
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
            .hasMessageContaining("build a new graph");
      }
    }
  }

  @Test
  void measuresWhatAllocationTakesAndMeasuredGraphsAreNotAllocated() {
    try (GgmlContext state = GgmlContext.forState(1);
        GgmlContext measured = GgmlContext.forGraph(8);
        GgmlContext allocated = GgmlContext.forGraph(8);
        Backend trial = new Backend(TRIAL);
        Backend cpu = new Backend(Device.cpu())) {
      Tensor there = state.newTensor(TensorType.F32, Shape.of(1000), "there");
      List<Backend> backends = List.of(trial, cpu);
      try (BackendBuffer memory = BackendBuffer.allocate(state, TRIAL.bufferType());
          BackendScheduler measuring = new BackendScheduler(backends, 32);
          BackendScheduler taking = new BackendScheduler(backends, 32)) {
        long before = TRIAL.properties().freeBytes();
        ComputeGraph graph = sums(measured, there);

        long[] sizes = measuring.measure(graph);

        assertThat(memory.byteSize()).isPositive();
        assertThat(TRIAL.properties().freeBytes()).isEqualTo(before);
        assertThatThrownBy(() -> measuring.allocate(graph))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("build a new graph");
        taking.allocate(sums(allocated, there));
        assertThat(sizes[0]).isGreaterThan(4000).isEqualTo(taking.byteSize(trial));
        assertThat(sizes[1]).isEqualTo(taking.byteSize(cpu));
      }
    }
  }

  private static ComputeGraph sums(GgmlContext context, Tensor there) {
    ComputeGraph graph = context.newGraph();
    Tensor twice = context.ops().sum(there, there);
    graph.expand(context.ops().sum(twice, there).asOutput());
    return graph;
  }
}
