package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import org.junit.jupiter.api.Test;

class DeviceTest {

  @Test
  void listsTheCpuWithItsMemoryAndFeatures() {
    Device cpu = Device.cpu();

    assertThat(Device.all()).extracting(Device::name).contains(cpu.name());
    assertThat(cpu.kind()).isEqualTo(Device.Kind.CPU);
    assertThat(cpu.name()).isEqualTo("CPU");
    assertThat(cpu.properties().description()).isNotBlank();
    assertThat(cpu.properties().totalBytes()).isPositive();
    assertThat(cpu.properties().freeBytes()).isBetween(0L, cpu.properties().totalBytes());
    assertThat(cpu.features()).isNotEmpty().allMatch(feature -> feature.matches("\\w+=.+"));
    assertThat(cpu.readsHostMemory()).isTrue();
  }

  @Test
  void cpuSupportsProductsOfQuantizedWeights() {
    try (GgmlContext context = GgmlContext.forGraph(8)) {
      Tensor weights = context.newTensor(TensorType.Q4_0, Shape.of(32, 4), "weights");
      Tensor input = context.newTensor(TensorType.F32, Shape.of(32, 2), "input");

      Tensor product = context.ops().matMul(weights, input);

      assertThat(Device.cpu().supports(product)).isTrue();
    }
  }
}
