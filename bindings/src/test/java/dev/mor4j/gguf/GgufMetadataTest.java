package dev.mor4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class GgufMetadataTest {
  private final GgufMetadata metadata =
      new GgufMetadata(
          Path.of("m.gguf"),
          Map.of(
              "text", GgufValue.string("mor"),
              "count", GgufValue.uint64(7),
              "wide", GgufValue.uint64(-1),
              "float", GgufValue.float32(0.5f),
              "bool", GgufValue.bool(true),
              "strings", GgufValue.strings(List.of("a", "b")),
              "floats", GgufValue.float32s(new float[] {1, 0.5f}),
              "ints", GgufValue.uint16s(new short[] {1, -1}),
              "wides", GgufValue.uint64s(new long[] {-1}),
              "longs", GgufValue.int64s(new long[] {1L << 40})));

  @Test
  void givesValuesOfTheAskedType() throws GgufFormatException {
    assertThat(metadata.string("text")).isEqualTo("mor");
    assertThat(metadata.count("count")).isEqualTo(7);
    assertThat(metadata.float32("float")).isEqualTo(0.5f);
    assertThat(metadata.bool("bool")).isTrue();
    assertThat(metadata.strings("strings")).containsExactly("a", "b");
    assertThat(metadata.float32s("floats")).containsExactly(1, 0.5f);
    assertThat(metadata.int32s("ints")).containsExactly(1, 65_535);
  }

  @Test
  void givesTheDefaultOnlyWhenTheKeyIsAbsent() throws GgufFormatException {
    assertThat(metadata.string("none", "x")).isEqualTo("x");
    assertThat(metadata.count("none", 3)).isEqualTo(3);
    assertThat(metadata.float32("none", 2)).isEqualTo(2);
    assertThat(metadata.bool("none", true)).isTrue();
    assertThat(metadata.strings("none", List.of())).isEmpty();
    assertThat(metadata.float32s("none", new float[0])).isEmpty();
    assertThat(metadata.int32s("none", new int[0])).isEmpty();
    assertThat(metadata.count("count", 3)).isEqualTo(7);
    assertThatThrownBy(() -> metadata.string("count", "x")).hasMessageContaining("uint64 7");
    assertThatThrownBy(() -> metadata.count("text", 3)).hasMessageContaining("string \"mor\"");
  }

  @Test
  void namesFileKeyExpectedAndFound() {
    assertThatThrownBy(() -> metadata.string("none"))
        .isInstanceOf(GgufFormatException.class)
        .hasMessage("m.gguf: none: expected a string, found no such key");
    assertThatThrownBy(() -> metadata.bool("ints"))
        .hasMessage("m.gguf: ints: expected a bool, found array [1, 65535]");
    assertThatThrownBy(() -> metadata.float32("count"))
        .hasMessage("m.gguf: count: expected a float32, found uint64 7");
    assertThatThrownBy(() -> metadata.count("wide"))
        .hasMessageEndingWith("0..2147483647, found uint64 18446744073709551615");
    GgufMetadata negative = new GgufMetadata(Path.of("m.gguf"), Map.of("n", GgufValue.int8(-1)));
    assertThatThrownBy(() -> negative.count("n")).hasMessageEndingWith("found int8 -1");
    assertThatThrownBy(() -> metadata.strings("floats")).hasMessageEndingWith("array [1.0, 0.5]");
    assertThatThrownBy(() -> metadata.float32s("ints")).hasMessageContaining("array of float32");
    assertThatThrownBy(() -> metadata.int32s("longs")).hasMessageEndingWith("[1099511627776]");
    assertThatThrownBy(() -> metadata.int32s("wides"))
        .hasMessageEndingWith("[18446744073709551615]");
    assertThatThrownBy(() -> metadata.int32s("floats")).hasMessageContaining("whole numbers");
  }

  @Test
  void previewsAreShort() {
    assertThat(GgufValue.string("x".repeat(100)).preview()).endsWith("x\"... (100 chars)");
    assertThat(GgufValue.string("a\n").preview()).isEqualTo("\"a\\n\"");
    assertThat(GgufValue.int32s(new int[7]).preview())
        .isEqualTo("[0, 0, 0, 0, 0, 0, ...] (7 values)");
    assertThat(GgufValue.strings(List.of("a")).preview()).isEqualTo("[\"a\"]");
  }
}
