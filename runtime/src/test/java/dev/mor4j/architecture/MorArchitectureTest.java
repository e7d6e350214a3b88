package dev.mor4j.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufMetadata;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingKind;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MorArchitectureTest {
  private final Map<String, GgufValue> values = new LinkedHashMap<>();

  MorArchitectureTest() {
    values.put(MetadataKeys.ARCHITECTURE, GgufValue.string("mor"));
    values.put(MetadataKeys.CONTEXT_LENGTH, GgufValue.uint32(512));
    values.put(MetadataKeys.EMBEDDING_LENGTH, GgufValue.uint32(64));
    values.put(MetadataKeys.FEED_FORWARD_LENGTH, GgufValue.uint32(128));
    values.put(MetadataKeys.BLOCK_COUNT, GgufValue.uint32(4));
    values.put(MetadataKeys.VOCAB_SIZE, GgufValue.uint32(256));
    values.put(MetadataKeys.HEAD_COUNT, GgufValue.uint32(4));
    values.put(MetadataKeys.HEAD_COUNT_KV, GgufValue.uint32(2));
    values.put(MetadataKeys.KEY_LENGTH, GgufValue.uint32(16));
    values.put(MetadataKeys.RMS_EPSILON, GgufValue.float32(1e-5f));
    values.put(MetadataKeys.ROPE_FREQ_BASE, GgufValue.float32(10_000));
    values.put(MetadataKeys.RECURSION_COUNT, GgufValue.uint32(3));
    values.put(MetadataKeys.RECURSION_BLOCK_LENGTH, GgufValue.uint32(2));
    values.put(MetadataKeys.RECURSION_SHARING, GgufValue.string("middle_cycle"));
    values.put(MetadataKeys.ROUTING_TYPE, GgufValue.string("expert_choice"));
    values.put(MetadataKeys.ROUTING_CAPACITY, GgufValue.float32s(new float[] {1, 2f / 3, 1f / 3}));
  }

  private MorConfig read() throws GgufFormatException {
    return Architectures.readConfig(new GgufMetadata(Path.of("model.gguf"), values), List.of());
  }

  @Test
  void readsWhatIsThereAndKnowsDefaults() throws GgufFormatException {
    MorConfig config = read();

    assertThat(config.recursionCount()).isEqualTo(3);
    assertThat(config.routing().kind()).isEqualTo(RoutingKind.EXPERT_CHOICE);
    assertThat(config.routing().capacity()).containsExactly(1.0, 2.0 / 3, 1.0 / 3);
    assertThat(config.kvPolicy()).isEqualTo(KvPolicy.PER_STEP);
    assertThat(config.attention().ropeDimensionCount()).isEqualTo(16);
  }

  @Test
  void restoresSharesThatThirtyTwoBitsHadMadeTooSmall() {
    // 5/6 in single precision is less than 5/6, and int(share * 6) would be 4
    assertThat((int) (MorArchitecture.exactShare(5f / 6, 6) * 6)).isEqualTo(5);
    assertThat(MorArchitecture.exactShare(0.7f, 3)).isEqualTo(0.7);
    assertThat(MorArchitecture.exactShare(0.123456789012, 3)).isEqualTo(0.123456789012);
  }

  @ParameterizedTest
  @CsvSource({
    "mor.recursion.count, 65",
    "mor.recursion.count, 1",
    "mor.block_count, 3",
    "mor.embedding_length, 0",
    "mor.attention.head_count_kv, 3",
    "mor.attention.key_length, 15",
    "mor.context_length, 0",
    "mor.vocab_size, 0"
  })
  void refusesNumbersOutOfRangeAndNamesTheKey(String key, long value) {
    values.put(key, GgufValue.uint32(value));

    assertThatThrownBy(this::read)
        .isInstanceOf(GgufFormatException.class)
        .hasMessageContaining("model.gguf")
        .hasMessageContaining("expected");
  }

  @ParameterizedTest
  @CsvSource({
    "general.architecture, qwen2",
    "mor.recursion.sharing, sequence",
    "mor.routing.activation, softmax",
    "mor.routing.decision, argmax",
    "mor.kv.policy, sometimes"
  })
  void refusesWordsThatDoNotFitAndNamesTheKey(String key, String word) {
    values.put(key, GgufValue.string(word));

    assertThatThrownBy(this::read)
        .isInstanceOf(GgufFormatException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(word);
  }
}
