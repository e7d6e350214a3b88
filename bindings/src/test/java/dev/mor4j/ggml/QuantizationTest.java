package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mor4j.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizationTest {
  private static final int ROWS = 3;
  private static final int WIDTH = 512;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private MemorySegment floats(float... values) {
    return arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
  }

  private MemorySegment encoded(TensorType type, int rows, int width) {
    return arena.allocate(rows * type.rowBytes(width));
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q6_K"})
  void roundTripStaysWithinTheStepOfTheType(TensorType type) {
    float[] values = CpuGraph.gaussians(1, ROWS * WIDTH);
    MemorySegment bytes = encoded(type, ROWS, WIDTH);
    MemorySegment result = floats(new float[values.length]);

    Quantization.encode(type, floats(values), bytes, ROWS, WIDTH);
    Quantization.decode(type, bytes, result, ROWS, WIDTH);

    float[] decoded = result.toArray(ValueLayout.JAVA_FLOAT);
    int block = type.blockSize();
    for (int start = 0; start < values.length; start += block) {
      float largest = 0;
      for (int i = start; i < start + block; i++) {
        largest = Math.max(largest, Math.abs(values[i]));
      }
      for (int i = start; i < start + block; i++) {
        assertThat(decoded[i]).isCloseTo(values[i], within(largest * halfStep(type)));
      }
    }
  }

  /**
   * Largest error as a share of the largest value of a block; 1 % more for the scale's rounding.
   */
  private static float halfStep(TensorType type) {
    return switch (type) {
      case F32 -> 0;
      case F16 -> 1f / 2048;
      case BF16 -> 1f / 256;
      case Q8_0 -> 1.15f / 254; // half of one of 127 steps, 127 times the rounding of an F16 scale
      case Q6_K -> 1.1f / 31; // 6 bits and a sign, scales of 16 values in 8 bits
      case Q4_0 -> 1.01f / 8; // a whole step: one side ends at 7, not 8
      default -> throw new IllegalArgumentException(type.toString());
    };
  }

  @Test
  void refusesMemoryOfAnotherSize() {
    MemorySegment source = floats(new float[64]);

    assertThatThrownBy(
            () -> Quantization.encode(TensorType.Q8_0, source, arena.allocate(67), 2, 32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected native memory of 68 and 256 bytes, found 67 and 256");
    assertThatThrownBy(
            () -> Quantization.decode(TensorType.F16, arena.allocate(128), source, 3, 32))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesRowsThatBreakABlock() {
    MemorySegment source = floats(new float[48]);

    assertThatThrownBy(
            () -> Quantization.encode(TensorType.Q8_0, source, arena.allocate(51), 1, 48))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("multiple of 32");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MAX_VALUE, Long.MIN_VALUE})
  void refusesCountsThatAreNotThere(long count) {
    MemorySegment source = floats(new float[32]);
    MemorySegment target = encoded(TensorType.F16, 1, 32);
    MemorySegment none = MemorySegment.NULL;

    assertThatThrownBy(() -> Quantization.encode(TensorType.F16, source, target, count, 32))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Quantization.encode(TensorType.F16, source, target, 1, count))
        .isInstanceOf(IllegalArgumentException.class);
    // C would divide by a row of no values.
    assertThatThrownBy(() -> Quantization.encode(TensorType.Q8_0, none, none, count, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesMemoryOfTheHeap() {
    MemorySegment heap = MemorySegment.ofArray(new float[32]);

    assertThatThrownBy(
            () -> Quantization.encode(TensorType.F16, heap, encoded(TensorType.F16, 1, 32), 1, 32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("native memory");
  }

  @ParameterizedTest
  @EnumSource(names = {"IQ2_XXS", "IQ2_XS", "IQ1_S"})
  void refusesTypesThatNobodyWritesWithoutImportances(TensorType type) {
    MemorySegment source = floats(new float[256]);
    MemorySegment target = encoded(type, 1, 256);

    assertThat(Quantization.requiresImportances(type)).isTrue();
    assertThatThrownBy(() -> Quantization.encode(type, source, target, 1, 256))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(type + ": ggml cannot encode it without importances");
  }

  @ParameterizedTest
  @EnumSource(names = {"Q8_1", "Q8_K", "I32", "F64"})
  void refusesTypesWithoutEncoder(TensorType type) {
    MemorySegment source = floats(new float[256]);
    MemorySegment target = encoded(type, 1, 256);

    assertThatThrownBy(() -> Quantization.encode(type, source, target, 1, 256))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(type + ": ggml has no encoder");
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "Q4_0", "Q2_K", "Q4_K", "Q6_K", "IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS",
        "IQ3_S", "IQ4_NL", "IQ4_XS"
      })
  void errsLessWhereImportancesAreLarge(TensorType type) {
    float[] values = CpuGraph.gaussians(4, ROWS * WIDTH);

    double first = errorOfEvenColumns(type, values, 100, 1);
    double second = errorOfEvenColumns(type, values, 1, 100);

    assertThat(first).isLessThan(0.97 * second);
  }

  /** Sum of squared errors of every other column, under weights of these and of those between. */
  private double errorOfEvenColumns(TensorType type, float[] values, float even, float odd) {
    float[] importances = new float[WIDTH];
    for (int column = 0; column < WIDTH; column++) {
      importances[column] = column % 2 == 0 ? even : odd;
    }
    MemorySegment bytes = encoded(type, ROWS, WIDTH);
    MemorySegment result = floats(new float[values.length]);
    Quantization.encodeWeighted(type, floats(values), bytes, ROWS, WIDTH, floats(importances));
    Quantization.decode(type, bytes, result, ROWS, WIDTH);
    float[] decoded = result.toArray(ValueLayout.JAVA_FLOAT);
    double error = 0;
    for (int i = 0; i < values.length; i += 2) {
      error += (decoded[i] - values[i]) * (decoded[i] - values[i]);
    }
    return error;
  }

  @ParameterizedTest
  @ValueSource(floats = {0, Float.MIN_VALUE, Quantization.LARGEST_IMPORTANCE})
  void survivesExtremeImportances(float extreme) {
    float[] values = CpuGraph.gaussians(5, 256);
    values[11] = Quantization.LARGEST_VALUE;
    float[] importances = new float[256];
    for (int column = 0; column < 256; column += 3) {
      importances[column] = extreme;
    }

    for (TensorType type : TensorType.values()) {
      if (type.isQuantized() && TypeSupport.isReadable(type)) {
        MemorySegment bytes = encoded(type, 1, 256);
        Quantization.encodeWeighted(type, floats(values), bytes, 1, 256, floats(importances));
        MemorySegment result = floats(new float[256]);
        Quantization.decode(type, bytes, result, 1, 256);
        assertThat(result.toArray(ValueLayout.JAVA_FLOAT))
            .as(type.toString())
            .doesNotContain(Float.NaN);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, -1, 1e13f})
  void refusesImportancesThatWeighNothing(float importance) {
    float[] importances = new float[256];
    importances[37] = importance;

    assertThatThrownBy(() -> encodeWeighted(importances))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found " + importance + " at 37");
  }

  @Test
  void refusesImportancesOfAnotherWidth() {
    assertThatThrownBy(() -> encodeWeighted(new float[255]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1024")
        .hasMessageContaining("1020");
  }

  private void encodeWeighted(float[] importances) {
    Quantization.encodeWeighted(
        TensorType.IQ3_S,
        floats(CpuGraph.gaussians(2, 256)),
        encoded(TensorType.IQ3_S, 1, 256),
        1,
        256,
        floats(importances));
  }

  @ParameterizedTest
  @EnumSource(names = {"Q8_1", "Q8_K", "I32", "F64"})
  void refusesTypesWithoutDecoder(TensorType type) {
    MemorySegment source = encoded(type, 1, 256);

    assertThatThrownBy(() -> Quantization.decode(type, source, floats(new float[256]), 1, 256))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no decoder");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e20f})
  void refusesValuesThatNoBlockCanScale(float value) {
    float[] values = CpuGraph.gaussians(2, 256);
    values[37] = value;

    // ggml's search for IQ3_S aborts when no distance compares.
    assertThatThrownBy(
            () ->
                Quantization.encode(
                    TensorType.IQ3_S, floats(values), encoded(TensorType.IQ3_S, 1, 256), 1, 256))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found " + value + " at 37");
  }
}
