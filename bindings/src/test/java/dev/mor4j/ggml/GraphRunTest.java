package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A graph from its tensors to its result, on the CPU backend, through the scheduler. */
class GraphRunTest {

  @Test
  void addsGatedRowsInPlaceAndRunsAgainWithoutAllocation() {
    Device cpu = Device.cpu();
    try (ThreadPool pool = new ThreadPool(cpu, 2);
        Backend backend = new Backend(cpu);
        GgmlContext state = GgmlContext.forState(1);
        GgmlContext graphContext = GgmlContext.forGraph(64);
        Arena host = Arena.ofConfined()) {
      backend.use(pool);
      Tensor stream = state.newTensor(TensorType.F32, Shape.of(3, 4), "stream");
      try (BackendBuffer memory = BackendBuffer.allocate(state, cpu.bufferType());
          BackendScheduler scheduler = new BackendScheduler(List.of(backend), 128)) {
        assertThat(memory.byteSize()).isGreaterThanOrEqualTo(48);
        Tensor update = graphContext.newTensor(TensorType.F32, Shape.of(3, 2), "update").asInput();
        Tensor rows = graphContext.newTensor(TensorType.I32, Shape.of(2), "rows").asInput();
        Tensor gates = graphContext.newTensor(TensorType.F32, Shape.of(2), "gates").asInput();
        Tensor result = graphContext.ops().fused().gatedScatterAdd(stream, update, rows, gates);
        ComputeGraph graph = graphContext.newGraph();
        graph.expand(result);
        scheduler.allocate(graph);
        update.write(host.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 10, 20, 30));
        rows.write(host.allocateFrom(ValueLayout.JAVA_INT, 3, 1));
        gates.write(host.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 0.5f));

        GraphStatus first = scheduler.compute(graph);
        GraphStatus second = scheduler.compute(graph);

        MemorySegment values = host.allocate(stream.byteSize());
        stream.read(values);
        assertThat(first).isEqualTo(GraphStatus.DONE);
        assertThat(second).isEqualTo(GraphStatus.DONE);
        assertThat(values.toArray(ValueLayout.JAVA_FLOAT))
            .containsExactly(0, 0, 0, 10, 20, 30, 0, 0, 0, 2, 4, 6);
        float[] row = new float[4];
        assertThat(stream.readRowOnHost(3, row)).isTrue();
        assertThat(row).containsExactly(2, 4, 6, 0);
        assertThat(result.readRowOnHost(1, row)).isTrue();
        assertThat(row).containsExactly(10, 20, 30, 0);
      }
    }
  }

  @Test
  void readsNoRowThatIsNotThere() {
    float[] row = new float[3];
    try (GgmlContext state = GgmlContext.forState(2)) {
      Tensor stream = state.newTensor(TensorType.F32, Shape.of(3, 4), "stream");
      Tensor halves = state.newTensor(TensorType.F16, Shape.of(3, 4), "halves");
      assertThatIllegalStateException().isThrownBy(() -> stream.readRowOnHost(0, row));
      try (BackendBuffer memory = BackendBuffer.allocate(state, Device.cpu().bufferType())) {
        assertThat(memory.byteSize()).isPositive();
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
            .isThrownBy(() -> stream.readRowOnHost(4, row));
        assertThatIllegalArgumentException()
            .isThrownBy(() -> stream.readRowOnHost(0, new float[2]))
            .withMessageContaining("a target of 2 values");
        assertThatIllegalArgumentException().isThrownBy(() -> halves.readRowOnHost(0, row));
      }
      assertThatIllegalStateException().isThrownBy(() -> stream.readRowOnHost(0, row));
    }
  }
}
