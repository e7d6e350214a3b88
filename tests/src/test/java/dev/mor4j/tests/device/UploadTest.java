package dev.mor4j.tests.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.Model;
import dev.mor4j.ggml.Backend;
import dev.mor4j.ggml.BackendBuffer;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.Upload;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.placement.DeviceOptions;
import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Copies to devices that take them in the background, as late as can be, or at once. */
@Tag("device")
class UploadTest {
  private static Device device(String name) {
    return Device.all().stream()
        .filter(device -> device.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static MemorySegment randomBytes(long count, Arena arena) {
    MemorySegment bytes = arena.allocate(count, 8);
    SplittableRandom random = new SplittableRandom(7);
    for (long i = 0; i < count / 8; i++) {
      bytes.setAtIndex(ValueLayout.JAVA_LONG, i, random.nextLong());
    }
    return bytes;
  }

  private static void requireNothingLent() {
    assertThat(device("TRIAL0").features()).containsExactly("STAGING_BYTES=0", "EVENTS=0");
  }

  @ParameterizedTest
  @CsvSource({
    "TRIAL0, 2, 1", // less than a piece
    "TRIAL0, 1048576, 9", // whole pieces, more of them than the ring has
    "TRIAL0, 1048578, 5", // a piece and a rest each
    "TRIAL0, 10485762, 3", // tensors larger than the ring
    "TRIAL1, 10002, 5"
  })
  void eachTensorHasItsBytes(String name, long values, int tensors) {
    Device device = device(name);
    long before = device.properties().freeBytes();
    try (Backend backend = new Backend(device);
        GgmlContext context = GgmlContext.forState(tensors);
        Arena host = Arena.ofConfined()) {
      Tensor[] targets = new Tensor[tensors];
      for (int i = 0; i < tensors; i++) {
        targets[i] = context.newTensor(TensorType.F32, Shape.of(values), "t" + i);
      }
      try (BackendBuffer memory = BackendBuffer.allocate(context, device.bufferType())) {
        assertThat(memory.byteSize()).isGreaterThanOrEqualTo(tensors * values * Float.BYTES);
        MemorySegment bytes = randomBytes(tensors * values * Float.BYTES, host);
        MemorySegment source = host.allocate(values * Float.BYTES, 8);
        try (Upload upload = new Upload(backend)) {
          assertThat(upload.isInBackground()).isEqualTo(name.equals("TRIAL0"));
          for (int i = 0; i < tensors; i++) {
            source.copyFrom(bytes.asSlice(i * source.byteSize(), source.byteSize()));
            upload.copy(source, targets[i]);
            source.fill((byte) -1); // it is the caller's again
          }
        }

        MemorySegment found = host.allocate(values * Float.BYTES, 8);
        for (int i = 0; i < tensors; i++) {
          targets[i].read(found);
          MemorySegment expected = bytes.asSlice(i * found.byteSize(), found.byteSize());
          assertThat(found.mismatch(expected)).as("tensor %d", i).isEqualTo(-1);
        }
      }
    }
    requireNothingLent();
    assertThat(device.properties().freeBytes()).isEqualTo(before);
  }

  @Test
  void bytesAreThereOnceAwaited() {
    Device device = device("TRIAL0");
    try (Backend backend = new Backend(device);
        GgmlContext context = GgmlContext.forState(1);
        Arena host = Arena.ofConfined();
        Upload upload = new Upload(backend)) {
      Tensor tensor = context.newTensor(TensorType.F32, Shape.of(1024), "t");
      MemorySegment bytes = randomBytes(tensor.byteSize(), host);
      MemorySegment found = host.allocate(tensor.byteSize(), 8);
      try (BackendBuffer memory = BackendBuffer.allocate(context, device.bufferType())) {
        upload.copy(bytes, tensor);
        tensor.read(found);
        assertThat(found.mismatch(bytes)).as("%s before", memory).isZero();
        upload.await();
        tensor.read(found);

        assertThat(found.mismatch(bytes)).isEqualTo(-1);
      }
    }
  }

  @Test
  void failureBetweenTwoCopiesLeavesNothingBehind() {
    Device device = device("TRIAL0");
    long before = device.properties().freeBytes();

    try (Backend backend = new Backend(device);
        GgmlContext context = GgmlContext.forState(2);
        GgmlContext elsewhere = GgmlContext.forState(1);
        Arena host = Arena.ofConfined()) {
      Tensor first = context.newTensor(TensorType.F32, Shape.of(3 << 20), "first");
      Tensor second = context.newTensor(TensorType.F32, Shape.of(8), "second");
      Tensor onTheCpu = elsewhere.newTensor(TensorType.F32, Shape.of(8), "on the CPU");
      MemorySegment large = randomBytes(first.byteSize(), host);
      try (BackendBuffer memory = BackendBuffer.allocate(context, device.bufferType());
          BackendBuffer other = BackendBuffer.allocate(elsewhere, Device.cpu().bufferType());
          Upload upload = new Upload(backend)) {
        upload.copy(large, first);

        assertThat(memory.byteSize()).isGreaterThan(other.byteSize());
        assertThatThrownBy(() -> upload.copy(large, second))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("F32 [8]: expected 32 bytes of native memory");
        assertThatThrownBy(() -> upload.copy(MemorySegment.ofArray(new byte[32]), second))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("expected 32 bytes of native memory");
        assertThatThrownBy(() -> upload.copy(large.asSlice(0, 32), onTheCpu))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageEndingWith("expected a tensor in the memory of TRIAL0, found it in CPU");
      }
    }

    requireNothingLent();
    assertThat(device.properties().freeBytes()).isEqualTo(before);
  }

  @Test
  void loadedModelHoldsNoStagingMemory() throws IOException {
    try (Model model = Model.load(Models.demo(), DeviceOptions.named("trial0"))) {
      assertThat(model.placement().isCpuOnly()).isFalse();
      requireNothingLent();
    }
  }
}
