package dev.mor4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged files end in a {@link GgufFormatException} or open with all their data readable, and do
 * not make the reader allocate more than a sound file would.
 */
final class GgufMutationTest {
  private static final long SEED = 20_261_123;

  // A few hundred bytes of directory cost some 20 kB; class loading may add to the first ones.
  private static final long MAX_ALLOCATED_BYTES = 4 << 20;

  @TempDir Path folder;
  private byte[] sound = {};
  private Path mutant = Path.of("");
  private int opened;
  private int refused;

  @BeforeEach
  void writeSoundFile() throws IOException {
    Path path = folder.resolve("sound.gguf");
    try (GgufWriter writer = GgufWriter.create(path)) {
      writer
          .metadata("general.architecture", GgufValue.string("mor"))
          .metadata("general.alignment", GgufValue.uint32(64))
          .metadata("mor.block_count", GgufValue.uint32(4))
          .metadata("mor.rope.freq_base", GgufValue.float32(10_000))
          .metadata("mor.routing.capacity", GgufValue.float32s(new float[] {1, 0.5f}))
          .metadata("flags", GgufValue.bools(new boolean[] {true, false}))
          .metadata("flag", GgufValue.bool(true))
          .metadata("wide", GgufValue.uint64(-1))
          .metadata("tokenizer.ggml.tokens", GgufValue.strings(List.of("<s>", "a", "", "ß")))
          .tensor("token_embd.weight", TensorType.F32, Shape.of(8, 4))
          .tensor("blk.0.attn_q.weight", TensorType.Q8_0, Shape.of(32, 2))
          .tensor("output_norm.weight", TensorType.F16, Shape.of(8));
      writer.write("token_embd.weight", MemorySegment.ofArray(new byte[128]));
      writer.write("blk.0.attn_q.weight", MemorySegment.ofArray(new byte[68]));
      writer.write("output_norm.weight", MemorySegment.ofArray(new byte[16]));
      writer.commit();
    }
    sound = Files.readAllBytes(path);
    mutant = folder.resolve("mutant.gguf");
  }

  private long directoryBytes() throws IOException {
    try (GgufFile file = GgufFile.open(folder.resolve("sound.gguf"))) {
      return file.tensors().getFirst().offset();
    }
  }

  private void openMutant(byte[] bytes) throws IOException {
    Files.write(mutant, bytes);
    long before = allocatedBytes();
    try (GgufFile file = GgufFile.open(mutant)) {
      readEverything(file);
      opened++;
    } catch (GgufFormatException expected) {
      assertThat(expected.getMessage()).startsWith(mutant + ": ").doesNotContain("\n");
      refused++;
    }
    assertThat(allocatedBytes() - before).isLessThan(MAX_ALLOCATED_BYTES);
  }

  private static long allocatedBytes() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }

  private static void readEverything(GgufFile file) {
    for (GgufTensorInfo tensor : file.tensors()) {
      MemorySegment data = file.data(tensor);
      assertThat(data.byteSize()).isEqualTo(tensor.byteSize());
      for (long i = 0; i < data.byteSize(); i++) {
        data.get(ValueLayout.JAVA_BYTE, i);
      }
    }
    for (String key : file.metadata().keys()) {
      GgufValue value = file.metadata().find(key).orElseThrow();
      value.preview();
      if (value instanceof GgufValue.TextArray(List<String> texts)) {
        assertThat(String.join("", texts)).isNotNull();
      }
    }
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    int needed = sound.length - 48; // the last tensor has 16 bytes and 48 of padding

    for (int length = 0; length < sound.length; length++) {
      openMutant(Arrays.copyOf(sound, length));
      assertThat(refused).as("cut to %d bytes", length).isEqualTo(Math.min(length + 1, needed));
    }

    assertThat(refused + opened).isEqualTo(sound.length);
  }

  @Test
  void flippedBitsAreHarmless() throws IOException {
    Random random = new Random(SEED);
    int directory = Math.toIntExact(directoryBytes());

    for (int i = 0; i < 1_500; i++) {
      byte[] bytes = sound.clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        bytes[random.nextInt(directory)] ^= (byte) (1 << random.nextInt(8));
      }
      openMutant(bytes);
    }

    assertThat(opened).isPositive();
    assertThat(refused).isPositive();
  }

  @Test
  void splicedBytesAreHarmless() throws IOException {
    Random random = new Random(SEED);

    for (int i = 0; i < 700; i++) {
      byte[] bytes = sound.clone();
      int length = 1 + random.nextInt(24);
      int from = random.nextInt(sound.length - length);
      int to = random.nextInt(sound.length - length);
      System.arraycopy(sound, from, bytes, to, length);
      openMutant(bytes);
    }

    assertThat(opened).isPositive();
    assertThat(refused).isPositive();
  }

  @Test
  void hugeNumbersAnywhereAreHarmless() throws IOException {
    long[] huge = {Long.MAX_VALUE, Long.MIN_VALUE, -1, 1L << 32, Integer.MAX_VALUE, 1L << 61};
    int directory = Math.toIntExact(directoryBytes());

    for (int at = 0; at + Long.BYTES <= directory; at++) {
      byte[] bytes = sound.clone();
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(at, huge[at % huge.length]);
      openMutant(bytes);
    }

    assertThat(refused).isPositive();
  }

  @Test
  void countsBeyondTheFileAllocateNothing() throws IOException {
    byte[] bytes = sound.clone();
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(8, Integer.MAX_VALUE);
    Files.write(mutant, bytes);
    long before = allocatedBytes();

    assertThatThrownBy(() -> GgufFile.open(mutant)).isInstanceOf(GgufFormatException.class);

    assertThat(allocatedBytes() - before).isLessThan(MAX_ALLOCATED_BYTES);
  }
}
