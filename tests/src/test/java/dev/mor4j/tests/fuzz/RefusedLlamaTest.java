package dev.mor4j.tests.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.Model;
import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.tests.fixtures.TinyLlama;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyModel.Weight;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Llama files that need more than a plain Llama model are refused with the name of the feature. */
class RefusedLlamaTest {
  private @TempDir Path folder;

  private final TinyModel model = TinyLlama.of(TinyOptions.plain(1));

  private Path write() throws IOException {
    return model.write(folder.resolve("llama.gguf"));
  }

  private void assertRefused(String... words) throws IOException {
    Path file = write();

    assertThatThrownBy(() -> Model.load(file).close())
        .isInstanceOf(GgufFormatException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContainingAll(words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama.expert_count",
        "llama.attention.sliding_window",
        "llama.attention.value_length",
        "llama.nextn_predict_layers",
        "split.count"
      })
  void refusesCountsOfUnsupportedFeatures(String key) throws IOException {
    model.metadata().put(key, GgufValue.uint32(8));

    assertRefused(key, "expected", "found 8");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama.rope.scaling.factor",
        "llama.logit_scale",
        "llama.residual_scale",
        "llama.attention.scale",
        "llama.attn_logit_softcapping"
      })
  void refusesScales(String key) throws IOException {
    model.metadata().put(key, GgufValue.float32(4));

    assertRefused(key, "expected", "found 4.0");
  }

  @Test
  void refusesRopeScaling() throws IOException {
    model.metadata().put("llama.rope.scaling.type", GgufValue.string("yarn"));

    assertRefused("llama.rope.scaling.type", "expected none", "found \"yarn\"");
  }

  @Test
  void refusesNonCausalAttention() throws IOException {
    model.metadata().put("llama.attention.causal", GgufValue.bool(false));

    assertRefused("llama.attention.causal", "expected true", "found false");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "blk.0.attn_q.bias",
        "blk.1.ffn_down.bias",
        "blk.0.ffn_gate_inp.weight",
        "blk.3.attn_norm.weight"
      })
  void refusesTensorsOfUnsupportedFeatures(String name) throws IOException {
    model.weights().put(name, new Weight(TensorType.F32, Shape.of(64), new float[64]));

    assertRefused(name, "expected the tensors of a plain Llama model");
  }

  @ParameterizedTest
  @CsvSource({
    "llama.attention.head_count, 3, llama.attention.head_count_kv",
    "llama.block_count, 5000, llama.block_count",
    "llama.context_length, 0, llama.context_length",
    "llama.rope.dimension_count, 15, llama.rope.dimension_count"
  })
  void namesKeysAsTheFileSpellsThem(String key, long value, String named) throws IOException {
    model.metadata().put(key, GgufValue.uint32(value));

    assertRefused(named, "expected", "found");
  }

  @Test
  void acceptsDefaultsAndNeutralValues() throws IOException {
    model.metadata().remove("llama.attention.key_length");
    model.metadata().remove("llama.rope.dimension_count");
    model.metadata().remove("llama.rope.freq_base");
    model.metadata().remove("llama.vocab_size");
    model.metadata().put("llama.rope.scaling.type", GgufValue.string("none"));
    model.metadata().put("llama.rope.scaling.factor", GgufValue.float32(1));
    model.metadata().put("llama.expert_count", GgufValue.uint32(0));
    Path file = write();

    try (Model loaded = Model.load(file)) {
      assertThat(loaded.config()).isEqualTo(model.config());
    }
  }
}
