package dev.mor4j.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.Model;
import dev.mor4j.ggml.Device;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is estimated before loading, against what an engine then takes. */
@Tag("device")
class WorkEstimateTest {
  private static final Device TRIAL =
      Device.all().stream()
          .filter(device -> device.name().equals("TRIAL0"))
          .findFirst()
          .orElseThrow();

  private @TempDir Path folder;

  static Stream<Arguments> models() {
    MorConfig routed = TinyConfigs.expertChoice(KvPolicy.PER_STEP);
    MorConfig sequence = TinyConfigs.recursive(SharingPattern.SEQUENCE, KvPolicy.PER_STEP);
    return Stream.of(routed, withHeadsOf64(routed), sequence, withHeadsOf64(sequence))
        .flatMap(
            config ->
                Stream.of(
                    Arguments.of(config, 512, 1),
                    Arguments.of(config, 4096, 1),
                    Arguments.of(config, 512, 8)));
  }

  private static MorConfig withHeadsOf64(MorConfig usual) {
    return new MorConfig(
        "heads of 64",
        usual.contextLength(),
        256,
        512,
        usual.vocabularySize(),
        TinyConfigs.attention(4, 2, 64),
        usual.recursion(),
        usual.routing(),
        usual.kvPolicy());
  }

  @ParameterizedTest
  @MethodSource("models")
  void isNoLessThanWhatIsTakenAndNotFarMore(MorConfig config, int context, int sequences)
      throws IOException {
    Path path =
        TinyModel.of(config, TinyOptions.plain(1)).withTokenizer().write(folder.resolve("m.gguf"));
    CacheNeed need = new CacheNeed(context, sequences, 0, TensorType.F16, TensorType.F16);
    long estimate;
    try (GgufFile file = GgufFile.open(path)) {
      boolean isFused = DeviceTrial.attendsFused(TRIAL, config.attention(), KvTypes.F16);
      assertThat(isFused).isEqualTo(config.attention().keyLength() == 64);
      estimate =
          ModelBytes.of(
                  file,
                  config,
                  need,
                  isFused ? ModelBytes.Attending.FUSED : ModelBytes.Attending.COMPOSED)
              .working();
    }

    try (Model model = Model.load(path, DeviceOptions.named("trial0").withCache(need))) {
      EngineBuilder builder = Engine.builder(model).contextSize(context).parallel(sequences);
      long before = TRIAL.properties().freeBytes();
      try (Engine engine = builder.build()) {
        long padding = builder.kvBytes() / 10; // the cache's last tiles
        long taken = before - TRIAL.properties().freeBytes() - builder.kvBytes();

        assertThat(engine.placement().device()).isEqualTo(TRIAL);
        assertThat(estimate).isBetween(taken - padding, 4 * taken);
      }
    }
  }
}
