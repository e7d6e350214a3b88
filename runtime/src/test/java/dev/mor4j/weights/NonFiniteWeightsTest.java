package dev.mor4j.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NonFiniteWeightsTest {
  private static final short NAN_F16 = Float.floatToFloat16(Float.NaN);
  private static final short INFINITE_F16 = Float.floatToFloat16(Float.NEGATIVE_INFINITY);

  /** Bytes of a block of 32 values in Q8_0: an F16 scale, then the values. */
  private static final int Q8_0_BLOCK = 34;

  @TempDir private Path folder;

  private Optional<NonFiniteWeights.Found> first(MemorySegment f16, MemorySegment q8)
      throws IOException {
    Path path = folder.resolve("weights.gguf");
    try (GgufWriter writer = GgufWriter.create(path)) {
      writer.tensor("a", TensorType.F16, Shape.of(4, 3));
      writer.tensor("b", TensorType.Q8_0, Shape.of(64, 5000));
      writer.write("a", f16);
      writer.write("b", q8);
      writer.commit();
    }
    try (GgufFile file = GgufFile.open(path)) {
      return NonFiniteWeights.first(file);
    }
  }

  @Test
  void findsTheFirstOneInFileOrder() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment f16 = arena.allocate(24, 32);
      MemorySegment q8 = arena.allocate(5000L * 2 * Q8_0_BLOCK, 32);

      assertThat(first(f16, q8)).isEmpty();

      q8.set(ValueLayout.JAVA_SHORT_UNALIGNED, (4321L * 2 + 1) * Q8_0_BLOCK, NAN_F16);
      assertThat(first(f16, q8))
          .contains(new NonFiniteWeights.Found("b", 4321 * 64 + 32, Float.NaN));

      f16.set(ValueLayout.JAVA_SHORT, 2 * 11, INFINITE_F16);
      assertThat(first(f16, q8))
          .contains(new NonFiniteWeights.Found("a", 11, Float.NEGATIVE_INFINITY));
    }
  }
}
