package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;

class CancelFlagTest {

  @Test
  void stopsGraphsUntilItIsReset() {
    Device cpu = Device.cpu();
    try (CancelFlag flag = new CancelFlag();
        Backend backend = new Backend(cpu);
        GgmlContext context = GgmlContext.forGraph(8);
        BackendScheduler scheduler = new BackendScheduler(List.of(backend), 8)) {
      backend.use(flag);
      Tensor input = context.newTensor(TensorType.F32, Shape.of(4), "input").asInput();
      ComputeGraph graph = context.newGraph();
      graph.expand(context.ops().geluErf(context.ops().scale(input, 2)));
      scheduler.allocate(graph);

      GraphStatus untouched = scheduler.compute(graph);
      flag.cancel();
      GraphStatus cancelled = scheduler.compute(graph);
      GraphStatus stillCancelled = scheduler.compute(graph);
      flag.reset();
      GraphStatus reset = scheduler.compute(graph);

      assertThat(untouched).isEqualTo(GraphStatus.DONE);
      assertThat(cancelled).isEqualTo(GraphStatus.ABORTED);
      assertThat(stillCancelled).isEqualTo(GraphStatus.ABORTED);
      assertThat(reset).isEqualTo(GraphStatus.DONE);
    }
  }
}
