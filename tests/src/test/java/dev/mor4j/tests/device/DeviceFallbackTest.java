package dev.mor4j.tests.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.ggml.BackendBuffer;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.placement.DeviceOptions;
import dev.mor4j.placement.Placement;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Engines that want more than what others left on the device since the model was loaded. */
@Tag("device")
class DeviceFallbackTest {
  private static final int CONTEXT = 4096;
  private static final int SEQUENCES = 2;
  private static final List<GenerationRequest> REQUESTS =
      List.of(
          GenerationRequest.builder()
              .prompt("Once upon a time")
              .maxTokens(12)
              .temperature(0)
              .build());

  private static final Device TRIAL =
      Device.all().stream()
          .filter(device -> device.name().equals("TRIAL0"))
          .findFirst()
          .orElseThrow();

  private static long freeBytes() {
    return TRIAL.properties().freeBytes();
  }

  /** What somebody else holds of the device, until it is closed. */
  private record Held(GgmlContext context, BackendBuffer memory) implements AutoCloseable {
    static Held allBut(long bytes) {
      GgmlContext context = GgmlContext.forState(1);
      var _ =
          context.newTensor(
              TensorType.F32, Shape.of((freeBytes() - bytes) / Float.BYTES), "others'");
      return new Held(
          context,
          BackendBuffer.allocate(context, TRIAL.bufferType(), BackendBuffer.Contents.UNDEFINED));
    }

    @Override
    public void close() {
      memory.close();
      context.close();
    }
  }

  /** Far more keys and values than anything else. */
  private static EngineBuilder builder(Model model) {
    return Engine.builder(model)
        .contextSize(CONTEXT)
        .parallel(SEQUENCES)
        .batchSize(4)
        .keyType(TensorType.F32)
        .valueType(TensorType.F32);
  }

  private static List<Integer> ids(Engine engine) {
    return Answer.toAll(REQUESTS, engine).getFirst().ids();
  }

  private static List<Integer> idsOnTheCpu() throws IOException {
    try (Model model = Model.load(Models.demo());
        Engine engine = builder(model).build()) {
      return ids(engine);
    }
  }

  @Test
  void keysAndValuesMoveToTheCpuWithTheirLayers() throws IOException {
    long before = freeBytes();
    List<Integer> expected = idsOnTheCpu();

    try (Model model = Model.load(Models.demo(), DeviceOptions.AUTO)) {
      assertThat(model.placement().device()).isEqualTo(TRIAL);
      try (Held held = Held.allBut(1 << 20);
          Engine engine = builder(model).build()) {
        assertThat(held.memory().byteSize()).isPositive();
        assertThat(engine.placement().isCpuOnly()).isTrue();
        assertThat(engine.warnings())
            .singleElement()
            .asString()
            .matches(
                "a context of 4096 tokens for each of 2 sequences needs \\d+ MiB for keys and"
                    + " values on TRIAL0, 1 MiB are free: now all on CPU");
        assertThat(model.placement()).isEqualTo(engine.placement());
        assertThat(ids(engine)).isEqualTo(expected);
      }
    }

    assertThat(freeBytes()).isEqualTo(before);
  }

  @Test
  void asMuchStaysAsFits() throws IOException {
    long before = freeBytes();
    List<Integer> expected = idsOnTheCpu();

    try (Model model = Model.load(Models.demo(), DeviceOptions.AUTO)) {
      Placement all = model.placement();
      try (Held held = Held.allBut(builder(model).kvBytes() * 7 / 8);
          Engine engine = builder(model).build()) {
        assertThat(held.memory().byteSize()).isPositive();
        assertThat(engine.placement().device()).isEqualTo(TRIAL);
        assertThat(engine.placement().blocks()).isNotEmpty().hasSizeLessThan(all.blocks().size());
        assertThat(engine.warnings())
            .singleElement()
            .asString()
            .endsWith(" are free: now " + engine.placement());
        assertThat(ids(engine)).isEqualTo(expected);
      }
    }

    assertThat(freeBytes()).isEqualTo(before);
  }

  @Test
  void memoryToComputeWithIsMeasuredWhereItDoesNotFit() throws IOException {
    try (Model model = Model.load(Models.demo(), DeviceOptions.AUTO)) {
      EngineBuilder builder = builder(model).batchSize(512);
      try (Held held = Held.allBut(builder.kvBytes() * 11 / 10);
          Engine engine = builder.build()) {
        assertThat(held.memory().byteSize()).isPositive();
        assertThat(engine.warnings())
            .singleElement()
            .asString()
            .matches(
                "batches of \\d+ tokens at a context of 4096 need [1-9]\\d* MiB of working memory on"
                    + " TRIAL0, \\d+ MiB are free: now .*");
      }
    }
  }

  @Test
  void namedDeviceIsAnError() throws IOException {
    long before = freeBytes();

    try (Model model = Model.load(Models.demo(), DeviceOptions.named("trial0"))) {
      EngineBuilder builder = builder(model).batchSize(512);
      try (Held held = Held.allBut(1 << 20)) {
        assertThat(held.memory().byteSize()).isPositive();
        assertThatThrownBy(builder::build)
            .isInstanceOf(EngineException.class)
            .hasMessageContaining(
                " MiB for keys and values on TRIAL0, 1 MiB are free: use a smaller");
      }
      try (Held held = Held.allBut(builder.kvBytes() * 11 / 10)) {
        assertThat(held.memory().byteSize()).isPositive();
        assertThatThrownBy(builder::build)
            .isInstanceOf(EngineException.class)
            .hasMessageMatching(
                ".*: batches of \\d+ tokens at a context of 4096 need [1-9]\\d* MiB of working memory"
                    + " on TRIAL0, \\d+ MiB are free: use smaller .*, or place fewer parts on the"
                    + " device");
      }
      try (Engine engine = builder.build()) {
        assertThat(engine.placement().device()).isEqualTo(TRIAL);
        assertThat(engine.warnings()).isEmpty();
      }
    }

    assertThat(freeBytes()).isEqualTo(before);
  }

  @Test
  void enginesThatRunKeepTheirPlace() throws IOException {
    long before = freeBytes();
    List<Integer> expected = idsOnTheCpu();

    Model model = Model.load(Models.demo(), DeviceOptions.AUTO);
    Engine first = builder(model).build();
    try (Held held = Held.allBut(1 << 20);
        Engine second = builder(model).build();
        Engine third = builder(model).build()) {
      assertThat(held.memory().byteSize()).isPositive();
      assertThat(first.placement().device()).isEqualTo(TRIAL);
      assertThat(second.placement().isCpuOnly()).isTrue();
      assertThat(third.placement()).isEqualTo(second.placement());
      assertThat(third.warnings()).isEmpty();
      assertThat(ids(first)).isEqualTo(expected);
      model.close();
      first.close();
      assertThat(ids(second)).isEqualTo(expected);
    }

    assertThat(freeBytes()).isEqualTo(before);
  }
}
