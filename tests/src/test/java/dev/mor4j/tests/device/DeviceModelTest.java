package dev.mor4j.tests.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.Evaluation;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.ggml.BackendBuffer;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.graph.AttentionKernel;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.AttentionConfig;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.placement.CacheNeed;
import dev.mor4j.placement.DeviceException;
import dev.mor4j.placement.DeviceOptions;
import dev.mor4j.placement.Fallback;
import dev.mor4j.placement.Part;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.Difference;
import dev.mor4j.tests.fixtures.MixedRequests;
import dev.mor4j.tests.fixtures.Models;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyLlama;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Models on a device whose memory the host cannot touch, whole and in parts. */
@Tag("device")
class DeviceModelTest {
  private static final DeviceOptions TRIAL = DeviceOptions.named("trial0");
  private static final int[] TOKENS = IntStream.range(0, 40).map(i -> i * 37 % 256).toArray();

  private @TempDir Path folder;

  private static Device device(String name) {
    return Device.all().stream()
        .filter(device -> device.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static long freeBytes() {
    return device("TRIAL0").properties().freeBytes();
  }

  private Path file(TinyModel tiny) throws IOException {
    return tiny.withTokenizer().write(folder.resolve("tiny.gguf"));
  }

  private static Evaluation evaluate(Model model, TensorType kvType, int chunkSize) {
    try (Engine engine =
        Engine.builder(model)
            .contextSize(TOKENS.length)
            .keyType(kvType)
            .valueType(kvType)
            .build()) {
      return engine.evaluate(new EvaluationRequest(TOKENS, RoutingMode.TRAINED, chunkSize));
    }
  }

  static Stream<Arguments> models() {
    TinyOptions plain = TinyOptions.plain(3);
    TinyOptions untied = new TinyOptions(3, false, true, true, true, true, TensorType.F32);
    MorConfig wide = withHeadsOf(64);
    return Map.of(
            "expert choice", TinyModel.of(TinyConfigs.expertChoice(KvPolicy.PER_STEP), plain),
            "expert choice, shared", TinyModel.of(TinyConfigs.expertChoice(KvPolicy.SHARED), plain),
            "expert choice, updated, weights by step",
                TinyModel.of(TinyConfigs.expertChoice(KvPolicy.SHARED_UPDATE), untied),
            "fused attention", TinyModel.of(wide, plain),
            "quantized matrices", TinyModel.of(wide, plain.withMatrixType(TensorType.Q8_0)),
            "matrices that the device looks no rows up in",
                TinyModel.of(wide256(), plain.withMatrixType(TensorType.Q6_K)),
            "token choice", TinyModel.of(TinyConfigs.tokenChoice(KvPolicy.PER_STEP), untied),
            "recursive sequence",
                TinyModel.of(
                    TinyConfigs.recursive(SharingPattern.SEQUENCE, KvPolicy.PER_STEP), plain),
            "recursive middle sequence",
                TinyModel.of(
                    TinyConfigs.recursive(SharingPattern.MIDDLE_SEQUENCE, KvPolicy.PER_STEP),
                    plain),
            "llama", TinyLlama.of(plain))
        .entrySet()
        .stream()
        .sorted(Map.Entry.comparingByKey())
        .map(each -> Arguments.of(each.getKey(), each.getValue()));
  }

  /** With heads that the device has a fused kernel for. */
  private static MorConfig withHeadsOf(int keyLength) {
    return sized(64, 96, keyLength);
  }

  /** Wide enough for blocks of 256 values. */
  private static MorConfig wide256() {
    return sized(256, 256, 64);
  }

  private static MorConfig sized(int embedding, int feedForward, int keyLength) {
    MorConfig usual = TinyConfigs.expertChoice(KvPolicy.PER_STEP);
    return new MorConfig(
        usual.name(),
        usual.contextLength(),
        embedding,
        feedForward,
        usual.vocabularySize(),
        TinyConfigs.attention(4, 2, keyLength),
        usual.recursion(),
        usual.routing(),
        usual.kvPolicy());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void givesTheNumbersOfTheCpuWhateverItTakes(String name, TinyModel tiny) throws IOException {
    Path file = file(tiny);
    Evaluation expected;
    try (Model model = Model.load(file)) {
      expected = evaluate(model, TensorType.F32, 0);
    }

    for (Set<Part> parts :
        List.of(
            Set.of(Part.PRELUDE, Part.BLOCK, Part.CODA),
            Set.of(Part.BLOCK),
            Set.of(Part.CODA),
            Set.of(Part.PRELUDE, Part.CODA))) {
      try (Model model = Model.load(file, TRIAL.withParts(parts))) {
        for (int chunkSize : new int[] {0, 1, 7}) {
          Evaluation found = evaluate(model, TensorType.F32, chunkSize);

          assertThat(found.depths()).as("depths, %s", parts).isEqualTo(expected.depths());
          assertThat(Difference.logits(expected, found))
              .as("logits, %s in chunks of %d", parts, chunkSize)
              .isLessThan(1e-4);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "Q8_0"})
  void keepsOtherTypesOfKeysAndValues(TensorType kvType) throws IOException {
    Path file = file(TinyModel.of(withHeadsOf(64), TinyOptions.plain(3)));
    Evaluation expected;
    try (Model model = Model.load(file)) {
      expected = evaluate(model, kvType, 7);
    }

    try (Model model = Model.load(file, TRIAL)) {
      Evaluation found = evaluate(model, kvType, 7);

      assertThat(found.depths()).isEqualTo(expected.depths());
      assertThat(Difference.logits(expected, found)).isLessThan(2e-2);
    }
  }

  @Test
  void refusesKeysAndValuesThatItsAttentionDoesNotRead() throws IOException {
    Path file = file(TinyModel.of(withHeadsOf(32), TinyOptions.plain(3)));

    try (Model model = Model.load(file, TRIAL)) {
      EngineBuilder builder = Engine.builder(model).keyType(TensorType.Q8_0);

      assertThatThrownBy(builder::build)
          .isInstanceOf(InvalidConfigException.class)
          .hasMessageContaining(
              "K/V type: expected f16, bf16 or f32 (TRIAL0 cannot attend to quantized types with"
                  + " heads of 32 values), found Q8_0 and F16");
    }
  }

  @Test
  void manySequencesHaveTheAnswersOfEachAlone() throws IOException {
    Path file = file(TinyModel.of(withHeadsOf(64), TinyOptions.plain(5)));
    List<GenerationRequest> requests = MixedRequests.of(3, 12);

    try (Model model = Model.load(file, TRIAL)) {
      List<List<Integer>> alone = ids(model, requests, 1);

      assertThat(ids(model, requests, 5)).isEqualTo(alone);
    }
  }

  private static List<List<Integer>> ids(
      Model model, List<GenerationRequest> requests, int parallel) {
    try (Engine engine =
        Engine.builder(model)
            .contextSize(MixedRequests.LONGEST)
            .parallel(parallel)
            .keyType(TensorType.F32)
            .valueType(TensorType.F32)
            .build()) {
      return Answer.toAll(requests, engine).stream().map(Answer::ids).toList();
    }
  }

  @Test
  void livesOnTheDeviceAndLeavesNothingBehind() throws IOException {
    long before = freeBytes();

    try (Model model = Model.load(Models.demo(), TRIAL)) {
      assertThat(model.placement())
          .hasToString(
              "prelude on TRIAL0, block on TRIAL0, coda on TRIAL0; each with its keys and values");
      long weights = before - freeBytes();
      assertThat(weights).isBetween(model.sizeBytes() / 2, 2 * model.sizeBytes());
      EngineBuilder builder = Engine.builder(model).contextSize(512);
      try (Engine engine = builder.build()) {
        assertThat(before - freeBytes() - weights).isGreaterThan(builder.kvBytes());
        assertThat(engine.metrics().kvCapacityBytes()).isGreaterThanOrEqualTo(builder.kvBytes());
      }
    }

    assertThat(freeBytes()).isEqualTo(before);
  }

  @Test
  void keysAndValuesLiveWithTheirLayers() throws IOException {
    long all = engineBytes(Set.of(Part.PRELUDE, Part.BLOCK, Part.CODA));
    long block = engineBytes(Set.of(Part.BLOCK));
    long coda = engineBytes(Set.of(Part.CODA));

    assertThat(block).isGreaterThan(all / 2).isLessThan(all);
    assertThat(coda).isPositive().isLessThan(all / 3);
  }

  /** What an engine with far more keys and values than anything else takes of the device. */
  private static long engineBytes(Set<Part> parts) throws IOException {
    try (Model model = Model.load(Models.demo(), TRIAL.withParts(parts))) {
      long before = freeBytes();
      try (Engine engine =
          Engine.builder(model).contextSize(512).parallel(64).batchSize(16).build()) {
        assertThat(engine.parallel()).isEqualTo(64);
        return before - freeBytes();
      }
    }
  }

  @Test
  void isAskedForTheKernelThatItRuns() {
    AttentionConfig narrow = TinyConfigs.attention(4, 2, 32);
    AttentionConfig wide = TinyConfigs.attention(4, 2, 64);
    List<Device> split = List.of(device("TRIAL0"), Device.cpu());

    assertThat(AttentionKernel.choose(split, wide, KvTypes.F16)).isEqualTo(AttentionKernel.FLASH);
    assertThat(AttentionKernel.choose(split, narrow, KvTypes.F16))
        .isEqualTo(AttentionKernel.COMPOSED);
    assertThat(AttentionKernel.choose(List.of(Device.cpu()), narrow, KvTypes.F16))
        .isEqualTo(AttentionKernel.RAGGED);
  }

  @Test
  void automaticChoiceFallsBackWithAWarningWhenMemoryIsShort() throws IOException {
    try (GgmlContext context = GgmlContext.forState(1)) {
      var _ = context.newTensor(TensorType.F32, Shape.of(freeBytes() / 4 - (1 << 20)), "others'");
      try (BackendBuffer held =
              BackendBuffer.allocate(
                  context, device("TRIAL0").bufferType(), BackendBuffer.Contents.UNDEFINED);
          Model model = Model.load(Models.demo(), DeviceOptions.AUTO)) {
        assertThat(held.byteSize()).isPositive();
        assertThat(model.placement().isCpuOnly()).isTrue();
        assertThat(model.warnings())
            .satisfiesExactly(
                first ->
                    assertThat(first).startsWith("not used: TRIAL0: ").endsWith(" MiB are free"),
                second ->
                    assertThat(second).startsWith("not used: TRIAL1: ").endsWith("4 MiB are free"));
      }
    }
  }

  @Test
  void automaticChoiceTakesTheDeviceWithTheMostMemory() throws IOException {
    try (Model model = Model.load(Models.demo(), DeviceOptions.AUTO)) {
      assertThat(model.placement().device()).isEqualTo(device("TRIAL0"));
      assertThat(model.warnings()).isEmpty();
    }
  }

  @Test
  void refusesAPartThatTheModelDoesNotHave() throws IOException {
    Path file = file(TinyLlama.of(TinyOptions.plain(3)));

    assertThatThrownBy(() -> Model.load(file, TRIAL.withParts(Set.of(Part.PRELUDE))))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining("expected block or coda")
        .hasMessageEndingWith("found prelude");
  }

  @Test
  void namedDeviceMustTakeWhatItIsGiven() {
    assertThatThrownBy(() -> Model.load(Models.demo(), DeviceOptions.named("trial1")))
        .isInstanceOf(DeviceException.class)
        .hasMessageMatching(
            "TRIAL1: the shared block's first layer needs \\d+ MiB .* 4 MiB are free");
    assertThatThrownBy(
            () ->
                Model.load(
                    Models.demo(),
                    DeviceOptions.named("trial1")
                        .withParts(Set.of(Part.BLOCK))
                        .withCache(new CacheNeed(512, 64, 0, TensorType.F16, TensorType.F16))))
        .isInstanceOf(DeviceException.class)
        .hasMessageMatching(
            "TRIAL1: block: weights, keys and values need \\d+ MiB and, by estimate, up to \\d+ MiB of"
                + " working memory, but 4 MiB are free");
  }

  @Test
  void tellsThatTheWeightsDidNotFitAfterAll() {
    // a context of one token: keys and values take next to nothing, weights and head too much
    DeviceOptions options =
        DeviceOptions.named("trial1")
            .withParts(Set.of(Part.PRELUDE, Part.BLOCK, Part.CODA))
            .withCache(new CacheNeed(1, 1, 0, TensorType.F16, TensorType.F16));

    assertThatThrownBy(() -> Model.load(Models.demo(), options))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("TRIAL1: ");
  }

  @Test
  void engineSaysWhenKeysAndValuesDoNotFitTheDevice() throws IOException {
    Path file = file(TinyModel.of(withHeadsOf(64), TinyOptions.plain(3)));

    try (Model model =
        Model.load(
            file,
            DeviceOptions.named("trial1")
                .withParts(Set.of(Part.BLOCK))
                .withCache(new CacheNeed(64, 1, 0, TensorType.F16, TensorType.F16)))) {
      EngineBuilder builder = Engine.builder(model).contextSize(100_000);

      assertThatThrownBy(builder::build)
          .isInstanceOf(EngineException.class)
          .hasMessageContaining(" MiB for keys and values on TRIAL1, 3 MiB are free")
          .hasMessageEndingWith("or place fewer parts on the device");
    }
  }

  @Test
  void tellsWhichOperationsFallBackFromTheDevice() throws IOException {
    Path file = file(TinyModel.of(withHeadsOf(64), TinyOptions.plain(3)));
    CacheNeed cache = new CacheNeed(TOKENS.length, 1, 0, TensorType.F16, TensorType.F16);

    List<Fallback> ofBlock = fallbacks(file, "trial1", Set.of(Part.BLOCK), cache);
    List<Fallback> ofCoda = fallbacks(file, "trial1", Set.of(Part.CODA), cache);
    List<Fallback> ofWilling = fallbacks(file, "trial0", Set.of(Part.BLOCK), cache);

    Device trial = device("TRIAL1");
    assertThat(ofBlock)
        .containsExactly(new Fallback(Part.BLOCK, "ROPE", 2 * 2, trial, Device.cpu()));
    assertThat(ofCoda).containsExactly(new Fallback(Part.CODA, "ROPE", 2, trial, Device.cpu()));
    assertThat(ofWilling).isEmpty();
  }

  private static List<Fallback> fallbacks(
      Path file, String device, Set<Part> parts, CacheNeed cache) throws IOException {
    DeviceOptions options = DeviceOptions.named(device).withParts(parts).withCache(cache);
    try (Model model = Model.load(file, options);
        Engine engine =
            Engine.builder(model).contextSize(TOKENS.length).batchSize(TOKENS.length).build()) {
      engine.evaluate(new EvaluationRequest(TOKENS, RoutingMode.TRAINED, 7));
      return engine.metrics().fallbacks();
    }
  }

  @Test
  void findsADeviceByItsBackendInAnyCase() throws IOException {
    try (Model model = Model.load(Models.demo(), DeviceOptions.named("Trial"))) {
      assertThat(model.placement().device().name().toLowerCase(Locale.ROOT)).isEqualTo("trial0");
    }
  }
}
