package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HostWeightsTest {
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment memory = arena.allocate(128, HostWeights.ALIGNMENT);
  private final GgmlContext context = GgmlContext.forWeights(4);
  private final Tensor tensor = context.newTensor(TensorType.F32, Shape.of(8), "weight");
  private final HostWeights weights = new HostWeights(Device.cpu(), memory, 32);

  @AfterEach
  void close() {
    weights.close();
    context.close();
    arena.close();
  }

  @Test
  void tensorsShowTheMemoryWithoutACopy() {
    MemorySegment values = arena.allocate(32);
    weights.place(tensor, 64);

    memory.set(ValueLayout.JAVA_FLOAT, 68, 7);
    tensor.read(values);

    assertThat(values.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(0, 7, 0, 0, 0, 0, 0, 0);
  }

  @Test
  void refusePlacesOutsideTheMemory() {
    assertThatThrownBy(() -> weights.place(tensor, 97))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> weights.place(tensor, -1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> weights.place(tensor, Long.MAX_VALUE))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void placeTensorsOnceAndNoViews() {
    Tensor view = context.ops().reshape(tensor, Shape.of(4, 2));
    weights.place(tensor, 0);

    assertThatIllegalArgumentException().isThrownBy(() -> weights.place(tensor, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> weights.place(view, 0));
  }

  @Test
  void refuseMemoryThatDevicesCannotRead() {
    MemorySegment shifted = memory.asSlice(8);
    MemorySegment heap = MemorySegment.ofArray(new long[16]);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HostWeights(Device.cpu(), shifted, 32))
        .withMessageContaining("aligned to 4096 bytes");
    assertThatIllegalArgumentException().isThrownBy(() -> new HostWeights(Device.cpu(), heap, 32));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HostWeights(Device.cpu(), MemorySegment.NULL, 32));
  }

  @Test
  void nobodyReadsTensorsOnceTheyAreClosed() {
    weights.place(tensor, 0);

    weights.close();

    assertThatIllegalStateException().isThrownBy(() -> tensor.read(arena.allocate(32)));
  }
}
