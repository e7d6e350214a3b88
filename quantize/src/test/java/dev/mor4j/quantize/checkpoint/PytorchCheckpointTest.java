package dev.mor4j.quantize.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PytorchCheckpointTest {
  private static final float[] SIX = {1, 2, 3, 4, 5, 6};

  @TempDir private Path folder;

  private Path write(TorchFile torch) throws IOException {
    return torch.write(folder.resolve("pytorch_model.bin"));
  }

  private static TorchFile sixValues() {
    return new TorchFile().storage("0", TorchFile.floats(SIX));
  }

  @Test
  void readsEveryFloatingPointType() throws IOException {
    Path file =
        write(
            new TorchFile()
                .tensor("a", "FloatStorage", TorchFile.floats(SIX), 2, 3)
                .tensor("b", "BFloat16Storage", TorchFile.brainFloats(SIX), 6)
                .tensor("c", "DoubleStorage", TorchFile.doubles(1, 2, 0.1), 3)
                .tensor("d", "HalfStorage", new byte[] {0, 0x3c, 0, 0x40}, 2));

    try (PytorchCheckpoint checkpoint = PytorchCheckpoint.open(file)) {

      assertThat(checkpoint.tensors()).containsOnlyKeys("a", "b", "c", "d");
      assertThat(checkpoint.tensors().get("a").shape()).containsExactly(2L, 3L);
      assertThat(checkpoint.tensors().get("a").floats()).containsExactly(SIX);
      assertThat(checkpoint.tensors().get("b").floats()).containsExactly(SIX);
      assertThat(checkpoint.tensors().get("c").floats()).containsExactly(1, 2, 0.1f);
      assertThat(checkpoint.tensors().get("d").floats()).containsExactly(1, 2);
    }
  }

  @Test
  void gathersStridedValuesFromAnOffset() throws IOException {
    Path file =
        write(
            sixValues()
                .tensor("transposed", "FloatStorage", "0", 6, 0, new int[] {3, 2}, new int[] {1, 3})
                .tensor("tail", "FloatStorage", "0", 6, 2, new int[] {4}, new int[] {1}));

    try (PytorchCheckpoint checkpoint = PytorchCheckpoint.open(file)) {

      assertThat(checkpoint.tensors().get("transposed").floats()).containsExactly(1, 4, 2, 5, 3, 6);
      assertThat(checkpoint.tensors().get("tail").floats()).containsExactly(3, 4, 5, 6);
    }
  }

  @Test
  void findsAliasesAndCopiesEqualButNotTheTransposed() throws IOException {
    Path file =
        write(
            new TorchFile()
                .tensor("a", "FloatStorage", TorchFile.floats(1, 2, 3, 4), 2, 2)
                .alias("alias", "FloatStorage", "a", 2, 2)
                .tensor("copy", "FloatStorage", TorchFile.floats(1, 2, 3, 4), 2, 2)
                .tensor("turned", "FloatStorage", "a", 4, 0, new int[] {2, 2}, new int[] {1, 2}));

    try (PytorchCheckpoint checkpoint = PytorchCheckpoint.open(file)) {
      CheckpointTensor tensor = checkpoint.tensors().get("a");

      assertThat(tensor.sameBytes(checkpoint.tensors().get("alias"))).isTrue();
      assertThat(tensor.sameBytes(checkpoint.tensors().get("copy"))).isTrue();
      assertThat(tensor.sameBytes(checkpoint.tensors().get("turned"))).isFalse();
    }
  }

  @Test
  void ignoresTheMetadataOfAStateDict() throws IOException {
    TorchFile torch = new TorchFile().tensor("a", "FloatStorage", TorchFile.floats(1), 1);
    // Close the dict, then BUILD it with {"_metadata": {}}, then go on with an empty dict update.
    torch.bytes('u', '}', '(').text("_metadata").bytes('}', 'u', 'b', '(');

    try (PytorchCheckpoint checkpoint = PytorchCheckpoint.open(write(torch))) {

      assertThat(checkpoint.tensors()).containsOnlyKeys("a");
    }
  }

  @Test
  void unwrapsParameters() throws IOException {
    TorchFile torch = new TorchFile().storage("0", TorchFile.floats(7)).text("a");
    torch.global("torch._utils", "_rebuild_parameter").bytes('(');
    torch.rebuild("FloatStorage", "0", 1, 0, new int[] {1}, new int[] {1});
    torch.bytes(0x88).global("collections", "OrderedDict").bytes(')', 'R', 't', 'R');

    try (PytorchCheckpoint checkpoint = PytorchCheckpoint.open(write(torch))) {

      assertThat(checkpoint.tensors().get("a").floats()).containsExactly(7);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "os, system",
    "posix, system",
    "builtins, eval",
    "__builtin__, SystemExit",
    "exceptions, ValueError",
    "datetime, datetime",
    "decimal, Decimal",
    "copyreg, _reconstructor",
    "torch, load",
    "torch._utils, _rebuild_sparse_tensor"
  })
  void refusesEveryOtherGlobalByName(String module, String name) throws IOException {
    Path file =
        write(
            new TorchFile()
                .text("a")
                .global(module, name)
                .bytes('(')
                .text("touch owned")
                .bytes('t', 'R'));

    assertThatThrownBy(() -> PytorchCheckpoint.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(module + "." + name)
        .hasMessageContaining("nothing was run");
  }

  @Test
  void refusesGlobalsThatComeOverTheStack() throws IOException {
    Path file = write(new TorchFile().text("a").text("os").text("system").bytes(0x93, ')', 'R'));

    assertThatThrownBy(() -> PytorchCheckpoint.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("os.system");
  }

  @Test
  void refusesGlobalsThatComeWithAnInstance() throws IOException {
    TorchFile torch = new TorchFile().text("a").bytes('(').text("touch owned").bytes('i');
    torch.bytes("os\nsystem\n".chars().toArray());

    assertThatThrownBy(() -> PytorchCheckpoint.open(write(torch)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("os.system");
  }

  @ParameterizedTest
  @ValueSource(ints = {'o', 0x81, 0x92, 0x82, 0x97, 0x8f, 'P', 'S', 'B'})
  void refusesInstructionsThatTensorsDoNotNeed(int opcode) throws IOException {
    Path file = write(new TorchFile().text("a").bytes(opcode, 0, 0, 0, 0));

    assertThatThrownBy(() -> PytorchCheckpoint.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("instruction 0x%02x".formatted(opcode));
  }

  @Test
  void refusesAStringLongerThanThePickle() throws IOException {
    Path file = write(new TorchFile().bytes('X', 255, 255, 255, 127));

    assertThatThrownBy(() -> PytorchCheckpoint.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("string of 2147483647 bytes");
  }

  @Test
  void refusesATensorThatReachesOutsideItsStorage() throws IOException {
    Path file =
        write(
            sixValues().tensor("a", "FloatStorage", "0", 6, 1, new int[] {2, 3}, new int[] {3, 1}));

    assertThatThrownBy(() -> PytorchCheckpoint.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("outside storage 0 of 6 values");
  }

  @Test
  void refusesAStorageShorterThanThePickleSays() throws IOException {
    Path file =
        write(sixValues().tensor("a", "FloatStorage", "0", 7, 0, new int[] {7}, new int[] {1}));

    assertThatThrownBy(() -> PytorchCheckpoint.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("tensor a: expected 7 values of F32");
  }

  @Test
  void namesAMissingStorage() throws IOException {
    Path file = write(new TorchFile().alias("a", "FloatStorage", "9", 2));

    assertThatThrownBy(() -> PytorchCheckpoint.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("storage archive/data/9 is missing");
  }

  @Test
  void refusesBigEndianFiles() throws IOException {
    Path file = write(sixValues().byteOrder("big"));

    assertThatThrownBy(() -> PytorchCheckpoint.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("byteorder");
  }

  @Test
  void refusesValuesThatAreNoTensors() throws IOException {
    Path file = write(new TorchFile().text("epoch").number(3));

    assertThatThrownBy(() -> PytorchCheckpoint.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("entry epoch: expected a tensor, found the number 3");
  }

  @Test
  void refusesFilesOlderThanTheZipFormat() throws IOException {
    Path file = Files.write(folder.resolve("old.bin"), new byte[] {(byte) 0x80, 2, '}', '.'});

    assertThatThrownBy(() -> PytorchCheckpoint.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("older format");
  }

  @Test
  void refusesTheFileCutOffAnywhere() throws IOException {
    byte[] whole = sixValues().alias("a", "FloatStorage", "0", 6).zip();

    for (int length = 0; length < whole.length; length++) {
      Path file = Files.write(folder.resolve("cut.bin"), Arrays.copyOf(whole, length));

      assertThatThrownBy(() -> PytorchCheckpoint.open(file))
          .as("cut at %d", length)
          .isInstanceOf(CheckpointException.class);
    }
  }

  @Test
  void survivesFlippedBytes() throws IOException {
    byte[] whole = sixValues().alias("a", "FloatStorage", "0", 2, 3).zip();
    Random random = new Random(1);

    for (int mutant = 0; mutant < 1500; mutant++) {
      byte[] bytes = whole.clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 + random.nextInt(255));
      }
      Path file = Files.write(folder.resolve("flipped.bin"), bytes);

      try (PytorchCheckpoint checkpoint = PytorchCheckpoint.open(file)) {
        checkpoint.tensors().values().forEach(tensor -> tensor.bytes(0, 1));
      } catch (CheckpointException | IndexOutOfBoundsException expected) {
        assertThat(expected.getMessage()).isNotBlank();
      }
    }
  }
}
