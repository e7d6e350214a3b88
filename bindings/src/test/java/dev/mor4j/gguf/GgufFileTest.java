package dev.mor4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each check of the reader, on a file made to break it. */
final class GgufFileTest {
  private static final long HUGE = Long.MAX_VALUE;
  private static final long NEGATIVE = Long.MIN_VALUE;

  @TempDir Path folder;

  private Path file(RawGguf content) throws IOException {
    return Files.write(folder.resolve("bad.gguf"), content.bytes());
  }

  private static RawGguf keyed(GgufType type) {
    return RawGguf.header(0, 1).key("k", type);
  }

  private static RawGguf arrayed(GgufType elementType, long count) {
    return keyed(GgufType.ARRAY).int32(elementType.id()).int64(count);
  }

  private static RawGguf aligned(int alignment) {
    return RawGguf.header(0, 1).key("general.alignment", GgufType.UINT32).int32(alignment);
  }

  static Stream<Arguments> badHeaders() {
    return Stream.of(
        arguments(new RawGguf(), "magic: expected 4 more bytes, found 0"),
        arguments(new RawGguf().int8('G', 'G', 'U'), "magic: expected 4 more bytes, found 3"),
        arguments(new RawGguf().int8('P', 'K', 3, 4), "found 50 4b 03 04 (another format?)"),
        arguments(new RawGguf().int8('G', 'G', 'U', 'F', 3), "byte 4: version: expected 4 more"),
        arguments(
            new RawGguf().int32(DirectoryReader.MAGIC).int32(1),
            "version: expected 2 or 3, found 1"),
        arguments(new RawGguf().int32(DirectoryReader.MAGIC).int32(4), "2 or 3, found 4"),
        arguments(
            new RawGguf().int32(DirectoryReader.MAGIC).int32(3 << 24),
            "expected a little-endian file, found a big-endian one"),
        arguments(
            RawGguf.header(HUGE, 0),
            "byte 8: tensor count: expected at most 0 (what the rest of the file can hold), found 9223"),
        arguments(
            RawGguf.header(NEGATIVE, 0),
            "tensor count: expected at most 0 (what the rest of the file can hold), found 9223"),
        arguments(
            RawGguf.header(2, 0).raw(new byte[50]),
            "tensor count: expected at most 1 (what the rest of the file can hold), found 2"),
        arguments(
            RawGguf.header(0, HUGE),
            "byte 16: key count: expected at most 0 (what the rest of the file can hold), found 9223"),
        arguments(
            RawGguf.header(0, 2).raw(new byte[27]),
            "key count: expected at most 1 (what the rest of the file can hold), found 2"),
        arguments(
            RawGguf.header(0, 1L << 17).raw(new byte[14 << 17]),
            "key count: expected at most 65536, found 131072"));
  }

  static Stream<Arguments> badMetadata() {
    return Stream.of(
        arguments(RawGguf.header(0, 1).int64(HUGE).raw(new byte[9]), "key 0: expected at most 9"),
        arguments(RawGguf.header(0, 1).int64(NEGATIVE).raw(new byte[9]), "key 0: expected at most"),
        arguments(
            RawGguf.header(0, 1).string("k".repeat(65_536)).raw(new byte[9]),
            "key 0: expected at most 65535, found 65536"),
        arguments(
            RawGguf.header(0, 1).string("").raw(new byte[9]),
            "byte 24: key 0: expected 1..65535 bytes, found 0"),
        arguments(
            RawGguf.header(0, 1).int64(2).int8(0xC3, 0x28).raw(new byte[9]),
            "key 0: expected UTF-8, found invalid UTF-8"),
        arguments(
            RawGguf.header(0, 1).string("k").int32(13).raw(new byte[9]),
            "byte 33: k: expected a value type of 0..12, found 13"),
        arguments(
            RawGguf.header(0, 1).string("k").int32(-1).raw(new byte[9]), "0..12, found 4294967295"),
        arguments(
            RawGguf.header(0, 2).key("k", GgufType.UINT8).int8(1).key("k", GgufType.UINT8).int8(1),
            "k: expected each key once, found a second value"),
        arguments(keyed(GgufType.BOOL).int8(2), "k: expected a bool of 0 or 1, found 2"),
        arguments(keyed(GgufType.UINT64).int32(1), "k: expected 8 more bytes, found 4"),
        arguments(
            keyed(GgufType.STRING).int64(HUGE),
            "k: expected at most 0 (what the rest of the file can hold), found 9223"),
        arguments(
            keyed(GgufType.STRING).int64(3).int8(1, 2),
            "k: expected at most 2 (what the rest of the file can hold), found 3"),
        arguments(
            arrayed(GgufType.INT32, 2).int32(1),
            "k: expected at most 1 (what the rest of the file can hold), found 2"),
        arguments(
            arrayed(GgufType.INT64, 1L << 61),
            "k: expected at most 0 (what the rest of the file can hold), found 2305843"),
        arguments(
            arrayed(GgufType.INT8, NEGATIVE),
            "k: expected at most 0 (what the rest of the file can hold), found 9223"),
        arguments(arrayed(GgufType.BOOL, 2).int8(1, 7), "byte 50: k: expected a bool"),
        arguments(
            arrayed(GgufType.STRING, HUGE),
            "k: expected at most 0 (what the rest of the file can hold), found 9223"),
        arguments(arrayed(GgufType.STRING, 2).int64(8).int64(0), "k: expected 8 more bytes"),
        arguments(
            arrayed(GgufType.STRING, 1).int64(HUGE),
            "k: expected at most 0 (what the rest of the file can hold), found 9223"),
        arguments(
            arrayed(GgufType.ARRAY, 1).int32(0).int64(0),
            "k: expected an array of values, found an array of arrays"),
        arguments(
            keyed(GgufType.ARRAY).int32(99).int64(0),
            "k: expected a value type of 0..12, found 99"),
        arguments(aligned(0), "general.alignment: expected a uint32 power of two in 8..1048576"),
        arguments(aligned(48), "8..1048576, found uint32 48"),
        arguments(aligned(4), "8..1048576, found uint32 4"),
        arguments(aligned(1 << 21), "8..1048576, found uint32 2097152"),
        arguments(
            RawGguf.header(0, 1).key("general.alignment", GgufType.INT32).int32(32),
            "8..1048576, found int32 32"));
  }

  static Stream<Arguments> badTensors() {
    return Stream.of(
        arguments(
            RawGguf.header(1, 0).bytesTensor("t".repeat(64), 0, 1).data(1),
            "tensor 0: expected at most 63, found 64"),
        arguments(
            RawGguf.header(1, 0).bytesTensor("", 0, 1).data(1), "tensor 0: expected 1..63 bytes"),
        arguments(
            RawGguf.header(2, 0).bytesTensor("t", 0, 1).bytesTensor("t", 32, 1).data(64),
            "t: expected each tensor once, found a second entry"),
        arguments(
            RawGguf.header(1, 0).bytesTensor("t", 0).data(64), "t: expected 1..4 sizes, found 0"),
        arguments(
            RawGguf.header(1, 0).bytesTensor("t", 0, 1, 1, 1, 1, 1).data(64),
            "byte 33: t: expected 1..4 sizes, found 5"),
        arguments(
            RawGguf.header(1, 0).bytesTensor("t", 0, 4, 0).data(64),
            "t: expected sizes of 1..2^63-1, found 0"),
        arguments(
            RawGguf.header(1, 0).bytesTensor("t", 0, -1).data(64),
            "t: expected sizes of 1..2^63-1, found 18446744073709551615"),
        arguments(
            RawGguf.header(1, 0).bytesTensor("t", 0, 1L << 32, 1L << 32).data(64),
            "t: expected fewer than 2^63 bytes, found the shape [4294967296, 4294967296]"),
        arguments(
            RawGguf.header(1, 0).tensor("t", TensorType.F64.id(), 0, 1L << 62).data(64),
            "t: expected fewer than 2^63 bytes"),
        arguments(
            RawGguf.header(1, 0).tensor("t", 4, 0, 32).data(64),
            "t: expected a tensor type that ggml knows, found 4, which is unknown or retired"),
        arguments(RawGguf.header(1, 0).tensor("t", -1, 0, 32).data(64), "found 4294967295"),
        arguments(
            RawGguf.header(1, 0).tensor("t", TensorType.Q8_0.id(), 0, 33).data(64),
            "t: expected rows of a multiple of 32 values (Q8_0), found rows of 33"),
        arguments(
            RawGguf.header(1, 0).bytesTensor("t", 16, 1).data(64),
            "t: expected an offset that is a multiple of 32, found 16"),
        arguments(
            RawGguf.header(1, 0).bytesTensor("t", 0, 65).data(64),
            "t: expected 65 bytes of data at byte 64 + 0, found a file of 128 bytes"),
        arguments(
            RawGguf.header(1, 0).bytesTensor("t", 96, 1).data(64),
            "data at byte 64 + 96, found a file"),
        arguments(
            RawGguf.header(1, 0).bytesTensor("t", -32, 1).data(64),
            "at byte 64 + 18446744073709551584"),
        arguments(
            RawGguf.header(1, 0).bytesTensor("t", HUGE - 31, 64).data(64), "+ 9223372036854775776"),
        arguments(
            RawGguf.header(1, 0).bytesTensor("t", 0, 1), "data at byte 64 + 0, found a file of 57"),
        arguments(
            RawGguf.header(2, 0).bytesTensor("late", 32, 1).bytesTensor("t", 0, 33).data(64),
            "late: expected data that does not overlap, found bytes that belong to t"),
        arguments(
            RawGguf.header(2, 0).bytesTensor("t", 0, 1).bytesTensor("u", 0, 1).data(64),
            "u: expected data that does not overlap, found bytes that belong to t"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource({"badHeaders", "badMetadata", "badTensors"})
  void saysWhereAndWhatIsWrong(RawGguf content, String message) throws IOException {
    Path path = file(content);

    GgufFormatException fault =
        catchThrowableOfType(GgufFormatException.class, () -> GgufFile.open(path));

    assertThat(fault).hasMessageContaining(message).hasMessageStartingWith(path + ": ");
    assertThat(fault.file()).isEqualTo(path);
  }

  @Test
  void readsVersionTwoAndTensorsInAnyOrderWithGaps() throws IOException {
    RawGguf content =
        new RawGguf()
            .int32(DirectoryReader.MAGIC)
            .int32(2)
            .int64(2)
            .int64(0)
            .bytesTensor("second", 64, 7)
            .bytesTensor("first", 0, 5)
            .data(71);

    try (GgufFile file = GgufFile.open(file(content))) {
      assertThat(file.version()).isEqualTo(2);
      assertThat(file.tensors())
          .extracting(GgufTensorInfo::name)
          .containsExactly("second", "first");
      assertThat(file.data(file.tensors().getFirst()).byteSize()).isEqualTo(7);
    }
  }

  @Test
  void messagesStayOnOneLineWhateverTheFileHolds() throws IOException {
    Path path = file(RawGguf.header(0, 1).key("a\nb\u202e", GgufType.BOOL).int8(9));

    assertThatThrownBy(() -> GgufFile.open(path))
        .hasMessageContaining("a\\nb\\u202e: expected a bool of 0 or 1, found 9");
  }

  @Test
  void namesWhatCannotBeOpened() {
    assertThatThrownBy(() -> GgufFile.open(folder.resolve("none.gguf")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("none.gguf: no such file");
    assertThatThrownBy(() -> GgufFile.open(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected a GGUF file, found a folder");
  }
}
