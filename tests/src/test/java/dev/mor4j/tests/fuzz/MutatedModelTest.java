package dev.mor4j.tests.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.AttentionConfig;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyModel.Weight;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Loading and running a damaged file gives results or a one-line refusal, whatever the damage. */
class MutatedModelTest {
  private static final long SEED = 20_261_123;
  private static final int MUTANTS_PER_MODEL = 750;

  private final Trial trial = new Trial();
  private @TempDir Path folder;
  private Path mutant = Path.of("");

  @BeforeEach
  void nameMutant() {
    mutant = folder.resolve("mutant.gguf");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void survivesDamagedBytes(int modelIndex) throws IOException {
    byte[] sound = Files.readAllBytes(FuzzModels.get(modelIndex).write(folder.resolve("sound")));
    int directory = directoryBytes();
    Random random = new Random(SEED + modelIndex);

    for (int i = 0; i < MUTANTS_PER_MODEL; i++) {
      byte[] bytes = sound.clone();
      int range = random.nextInt(4) == 0 ? bytes.length : directory;
      for (int hits = 1 + random.nextInt(3); hits > 0; hits--) {
        damage(bytes, random.nextInt(range), random);
      }
      int length = random.nextInt(20) == 0 ? random.nextInt(bytes.length) : bytes.length;
      Files.write(mutant, Arrays.copyOf(bytes, length));
      trial.run(mutant);
    }

    assertThat(trial.refused()).isGreaterThan(MUTANTS_PER_MODEL / 4);
    assertThat(trial.ran()).isGreaterThan(MUTANTS_PER_MODEL / 10);
  }

  private int directoryBytes() throws IOException {
    try (GgufFile file = GgufFile.open(folder.resolve("sound"))) {
      return Math.toIntExact(file.tensors().getFirst().offset());
    }
  }

  private static void damage(byte[] bytes, int at, Random random) {
    bytes[at] =
        switch (random.nextInt(4)) {
          case 0 -> (byte) (bytes[at] ^ 1 << random.nextInt(8));
          case 1 -> (byte) (bytes[at] + (random.nextBoolean() ? 1 : -1));
          case 2 -> (byte) (random.nextBoolean() ? 0 : 0xFF);
          default -> (byte) random.nextInt(256);
        };
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void survivesExtremeValuesOfEveryKey(int modelIndex) throws IOException {
    for (String key : List.copyOf(FuzzModels.get(modelIndex).metadata().keySet())) {
      for (GgufValue value : extremes(FuzzModels.get(modelIndex).metadata().get(key))) {
        TinyModel model = FuzzModels.get(modelIndex);
        model.metadata().put(key, value);
        trial.run(model.write(mutant));
      }
      TinyModel without = FuzzModels.get(modelIndex);
      without.metadata().remove(key);
      trial.run(without.write(mutant));
    }

    assertThat(trial.refused()).isGreaterThan(trial.ran());
    assertThat(trial.ran()).isPositive();
  }

  /** Values of the right type at and beyond every limit, and two values of other types. */
  private static List<GgufValue> extremes(GgufValue usual) {
    List<GgufValue> values = new ArrayList<>();
    switch (usual.type()) {
      case UINT32 -> {
        for (long value : new long[] {0, 1, 2, 3, 4, 5, 6, 8, 12, 32, 63, 64, 65, 4096, 65_536}) {
          values.add(GgufValue.uint32(value));
        }
        for (long value : new long[] {1 << 24, (1 << 24) + 1, Integer.MAX_VALUE, 0xFFFF_FFFFL}) {
          values.add(GgufValue.uint32(value));
        }
        values.add(GgufValue.int32(-1));
        values.add(GgufValue.int64(Long.MIN_VALUE));
        values.add(GgufValue.uint64(-1));
      }
      case FLOAT32 ->
          DoubleStream.of(
                  0,
                  -0.0,
                  1,
                  -1,
                  0.999999,
                  2,
                  1e-45,
                  1e-30,
                  1e30,
                  -1e30,
                  Float.MAX_VALUE,
                  Double.POSITIVE_INFINITY,
                  Double.NEGATIVE_INFINITY,
                  Double.NaN)
              .forEach(value -> values.add(GgufValue.float32((float) value)));
      case STRING ->
          List.of(
                  "",
                  "none",
                  "cycle",
                  "sequence",
                  "middle_cycle",
                  "middle_sequence",
                  "mlp",
                  "linear",
                  "expert_choice",
                  "token_choice",
                  "sigmoid",
                  "tanh",
                  "identity",
                  "softmax",
                  "weighted",
                  "additive",
                  "threshold",
                  "aux_router",
                  "argmax",
                  "per_step",
                  "shared",
                  "shared_update",
                  "llama",
                  "mor",
                  "\n",
                  "x".repeat(9999))
              .forEach(value -> values.add(GgufValue.string(value)));
      case ARRAY ->
          List.of(
                  new double[0],
                  new double[] {1},
                  new double[] {1, 1, 1},
                  new double[] {1, 1, 1, 1},
                  new double[] {0.1, 0.2, 0.3},
                  new double[] {1, 0, 0},
                  new double[] {1, Double.NaN, 0.5},
                  new double[] {Double.POSITIVE_INFINITY, 1, 1},
                  new double[] {1e-300, 1e-300, 1e-300},
                  new double[100_000])
              .forEach(value -> values.add(GgufValue.float64s(value)));
      case UINT8, INT8, UINT16, INT16, INT32, BOOL, UINT64, INT64, FLOAT64 ->
          throw new IllegalArgumentException("no such key: " + usual);
    }
    values.add(GgufValue.bool(true));
    values.add(GgufValue.strings(List.of("one", "two")));
    return values;
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, -Float.MAX_VALUE, 1e20f, 0})
  void computesWeightsThatAreAllTheSameOrRefusesTheirResults(float value) throws IOException {
    for (int index = 0; index < FuzzModels.COUNT; index++) {
      for (String name : List.copyOf(FuzzModels.get(index).weights().keySet())) {
        TinyModel model = FuzzModels.get(index);
        Arrays.fill(model.weights().get(name).values(), value);
        trial.run(model.write(mutant));
      }
    }

    if (value == 0) {
      assertThat(trial.refused()).isZero();
    } else {
      assertThat(trial.refused()).isPositive();
    }
  }

  /** Random bits in rows of 256 values, which every type can hold. */
  @ParameterizedTest
  @EnumSource(TensorType.class)
  void survivesWeightsOfEveryType(TensorType type) throws IOException {
    TinyModel model = TinyModel.of(wide(), TinyOptions.plain(1));
    for (String name :
        List.of(
            "token_embd.weight",
            "blk.1.attn_q.weight",
            "blk.1.attn_v.weight",
            "blk.1.ffn_down.weight",
            "output_norm.weight",
            "router.0.weight")) {
      RandomBytes.write(model, name, type, mutant);
      trial.run(mutant);
    }

    assertThat(trial.ran() + trial.refused()).isEqualTo(6);
  }

  private static MorConfig wide() {
    MorConfig usual = TinyConfigs.expertChoice(KvPolicy.PER_STEP);
    return new MorConfig(
        usual.name(),
        usual.contextLength(),
        256,
        256,
        16,
        new AttentionConfig(4, 4, 64, 1e-5f, 10_000, 64),
        usual.recursion(),
        usual.routing(),
        usual.kvPolicy());
  }

  @Test
  void survivesEveryHeadLengthWithEveryCacheType() throws IOException {
    MorConfig usual = TinyConfigs.expertChoice(KvPolicy.SHARED_UPDATE);
    for (int keyLength = 2; keyLength <= 80; keyLength += 2) {
      AttentionConfig attention =
          new AttentionConfig(3, 1, keyLength, 1e-5f, 10_000, Math.min(keyLength, 18));
      MorConfig config =
          new MorConfig(
              "heads",
              64,
              16,
              16,
              16,
              attention,
              usual.recursion(),
              usual.routing(),
              usual.kvPolicy());
      TinyModel.of(config, TinyOptions.plain(1)).write(mutant);
      for (TensorType type : dev.mor4j.engine.Engine.KV_TYPES) {
        trial.run(mutant, type, type);
        trial.run(mutant, TensorType.F16, type);
        trial.run(mutant, type, TensorType.F32);
      }
    }

    assertThat(trial.ran()).isGreaterThan(40 * 9 - 1);
  }

  @Test
  void survivesTensorsOfOtherShapes() throws IOException {
    for (int index = 0; index < FuzzModels.COUNT; index++) {
      for (String name : List.copyOf(FuzzModels.get(index).weights().keySet())) {
        TinyModel model = FuzzModels.get(index);
        Weight weight = model.weights().get(name);
        long values = weight.shape().valueCount();
        model
            .weights()
            .put(
                name,
                new Weight(weight.type(), dev.mor4j.gguf.Shape.of(1, values), weight.values()));
        trial.run(model.write(mutant));
      }
    }

    assertThat(trial.ran()).isZero();
  }
}
