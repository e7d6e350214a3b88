package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may use and close what, and when. A mistake here would end the process. */
class NativeObjectTest {
  private final ThreadPool pool = new ThreadPool(Device.cpu(), 2);
  private final CancelFlag flag = new CancelFlag();
  private final Backend backend = new Backend(Device.cpu());
  private final GgmlContext state = GgmlContext.forState(4);
  private final GgmlContext context = GgmlContext.forGraph(16);
  private final Tensor cache = state.newTensor(TensorType.F32, Shape.of(4), "cache");
  private final BackendBuffer buffer = BackendBuffer.allocate(state, Device.cpu().bufferType());
  private final BackendScheduler scheduler = new BackendScheduler(List.of(backend), 16);
  private final ComputeGraph graph = context.newGraph();
  private final List<NativeObject> inCreationOrder =
      List.of(pool, flag, backend, state, context, buffer, scheduler);

  NativeObjectTest() {
    backend.use(pool);
    backend.use(flag);
    graph.expand(context.ops().scale(cache, 2));
  }

  @AfterEach
  void closeBorrowersFirst() {
    inCreationOrder.reversed().forEach(NativeObject::close);
  }

  @Test
  void closesTwiceAndInAnyOrder() {
    scheduler.allocate(graph);

    assertThatCode(() -> inCreationOrder.forEach(NativeObject::close)).doesNotThrowAnyException();
    assertThatCode(() -> inCreationOrder.forEach(NativeObject::close)).doesNotThrowAnyException();
  }

  @Test
  void refusesUseAfterClose() {
    inCreationOrder.reversed().forEach(NativeObject::close);

    assertThatIllegalStateException().isThrownBy(() -> scheduler.byteSize(backend));
    assertThatIllegalStateException().isThrownBy(() -> scheduler.allocate(graph));
    assertThatIllegalStateException().isThrownBy(buffer::byteSize);
    assertThatIllegalStateException().isThrownBy(flag::cancel);
    assertThatIllegalStateException().isThrownBy(() -> backend.use(flag));
    assertThatIllegalStateException()
        .isThrownBy(() -> state.newTensor(TensorType.F32, Shape.of(1), "late"));
    try (Backend other = new Backend(Device.cpu())) {
      assertThatIllegalStateException().isThrownBy(() -> other.use(pool));
    }
  }

  @Test
  void tensorsAndGraphsDieWithTheirContext() {
    Tensor input = context.newTensor(TensorType.F32, Shape.of(4), "input");

    context.close();

    assertThatIllegalStateException().isThrownBy(input::byteSize);
    assertThatIllegalStateException().isThrownBy(input::asInput);
    assertThatIllegalStateException().isThrownBy(() -> context.ops().scale(input, 2));
    assertThatIllegalStateException().isThrownBy(graph::nodeCount);
    assertThatIllegalStateException().isThrownBy(() -> graph.find("input"));
    assertThatIllegalStateException().isThrownBy(() -> graph.expand(input));
  }

  @Test
  void confinedObjectsRefuseOtherThreads() {
    assertThatThrownBy(() -> onAnotherThread(buffer::byteSize))
        .hasCauseInstanceOf(WrongThreadException.class);
    assertThatThrownBy(() -> onAnotherThread(graph::nodeCount))
        .hasCauseInstanceOf(WrongThreadException.class);
    assertThatThrownBy(() -> onAnotherThread(scheduler::close))
        .hasCauseInstanceOf(WrongThreadException.class);
  }

  @Test
  void sharedObjectsServeOtherThreads() {
    try (GgmlContext weights = GgmlContext.forWeights(1)) {
      Tensor weight = weights.newTensor(TensorType.F32, Shape.of(8), "weight");

      onAnotherThread(flag::cancel);
      onAnotherThread(() -> assertThat(weight.byteSize()).isEqualTo(32));
      onAnotherThread(weights::close);

      assertThatIllegalStateException().isThrownBy(weight::byteSize);
      scheduler.allocate(graph);
      assertThat(scheduler.compute(graph)).isEqualTo(GraphStatus.ABORTED);
    }
  }

  private static void onAnotherThread(Runnable action) throws CompletionException {
    CompletableFuture.runAsync(action, task -> Thread.ofPlatform().start(task)).join();
  }

  @Test
  void noGraphRunsWithoutItsBuffer() {
    scheduler.allocate(graph);

    buffer.close();

    assertThatIllegalStateException()
        .isThrownBy(() -> scheduler.compute(graph))
        .withMessageContaining("BackendBuffer is closed");
  }

  @Test
  void noGraphRunsWithoutItsWeights() {
    scheduler.allocate(graph);

    state.close();

    assertThatIllegalStateException()
        .isThrownBy(() -> scheduler.compute(graph))
        .withMessageContaining("GgmlContext is closed");
  }

  @Test
  void noGraphRunsWithoutThePoolOfItsBackend() {
    scheduler.allocate(graph);

    pool.close();

    assertThatIllegalStateException()
        .isThrownBy(() -> scheduler.compute(graph))
        .withMessageContaining("ThreadPool is closed");
  }

  @Test
  void noGraphRunsWithoutTheFlagOfItsBackend() {
    scheduler.allocate(graph);

    flag.close();

    assertThatIllegalStateException()
        .isThrownBy(() -> scheduler.compute(graph))
        .withMessageContaining("CancelFlag is closed");
  }

  @Test
  void noDataIsReadFromAClosedBuffer() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment host = arena.allocate(cache.byteSize());
      cache.read(host);

      buffer.close();

      assertThatIllegalStateException().isThrownBy(() -> cache.read(host));
      assertThatIllegalStateException().isThrownBy(() -> cache.write(host));
    }
  }

  @Test
  void contextHoldsOneGraphAndAsManyTensorsAsItWasMadeFor() {
    assertThatIllegalStateException()
        .isThrownBy(context::newGraph)
        .withMessageContaining("found one");
    assertThatIllegalStateException().isThrownBy(state::newGraph).withMessageContaining("without");
    try (GgmlContext small = GgmlContext.forGraph(2)) {
      Tensor scaled = small.ops().scale(cache, 2);

      // The cache is of another context, but in the graph it counts.
      assertThatIllegalStateException()
          .isThrownBy(() -> small.ops().scale(scaled, 2))
          .withMessageContaining("its capacity is 2 tensors");
    }
  }

  @Test
  void contextRefusesRoomAndShapesThatCannotBe() {
    Shape overflow = new Shape(1L << 40, 1L << 40, 1, 1);

    assertThatIllegalArgumentException().isThrownBy(() -> GgmlContext.forState(0));
    assertThatIllegalArgumentException().isThrownBy(() -> GgmlContext.forGraph(-1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> state.newTensor(TensorType.F32, Shape.of(4, 0), "none"))
        .withMessageContaining("none");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> state.newTensor(TensorType.F32, overflow, "huge"))
        .withMessageContaining("huge");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> state.newTensor(TensorType.Q8_0, Shape.of(33), "broken"));
  }

  @Test
  void schedulerRefusesGraphsItHasNoRoomFor() {
    try (BackendScheduler small = new BackendScheduler(List.of(backend), 1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> small.allocate(graph))
          .withMessageContaining("at most 1 tensors, found 2");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BackendScheduler(List.of(backend), 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new BackendScheduler(List.of(), 16));
  }

  @Test
  void schedulerRunsOnlyTheGraphAllocatedLast() {
    assertThatIllegalStateException().isThrownBy(() -> scheduler.compute(graph));
    try (GgmlContext other = GgmlContext.forGraph(16)) {
      ComputeGraph second = graphOf(other, 4);
      scheduler.allocate(graph);
      scheduler.allocate(second);

      assertThatIllegalStateException().isThrownBy(() -> scheduler.compute(graph));
      assertThat(scheduler.compute(second)).isEqualTo(GraphStatus.DONE);
    }
  }

  @Test
  void graphsTakeTurnsUntilTheirMemoryMoves() {
    try (GgmlContext other = GgmlContext.forGraph(16);
        GgmlContext large = GgmlContext.forGraph(16)) {
      ComputeGraph second = graphOf(other, 4);
      scheduler.allocate(graph);
      scheduler.allocate(second);
      scheduler.allocate(graph);
      assertThat(scheduler.compute(graph)).isEqualTo(GraphStatus.DONE);

      scheduler.allocate(graphOf(large, 1 << 20));

      assertThatIllegalStateException()
          .isThrownBy(() -> scheduler.allocate(graph))
          .withMessageContaining("build a new graph");
    }
  }

  private static ComputeGraph graphOf(GgmlContext context, long width) {
    Tensor input = context.newTensor(TensorType.F32, Shape.of(width), "input").asInput();
    ComputeGraph graph = context.newGraph();
    graph.expand(context.ops().scale(input, 2));
    return graph;
  }

  @Test
  void graphTakesOnlyTensorsOfItsContext() {
    assertThatIllegalArgumentException().isThrownBy(() -> graph.expand(cache));
  }

  @Test
  void poolsHaveAtLeastOneThread() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ThreadPool(Device.cpu(), 0))
        .withMessageContaining("expected 1..512, found 0");
    assertThatIllegalArgumentException().isThrownBy(() -> new ThreadPool(Device.cpu(), 513));
  }
}
