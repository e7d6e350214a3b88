package dev.mor4j.ggml;

import static dev.mor4j.ggml.CpuGraph.gaussians;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each operation on the CPU backend against a plain loop. */
class TensorOpsTest {
  /** A few roundings of F32 (6e-8 each) of values and sums below 10, and ggml's own exp. */
  private static final Offset<Float> ROUNDING = within(1e-5f);

  private static final Offset<Float> EXACT = within(0f);

  private final CpuGraph graph = new CpuGraph();
  private final TensorOps ops = graph.ops();

  @AfterEach
  void close() {
    graph.close();
  }

  private Tensor f32(Shape shape, float... values) {
    return graph.input(TensorType.F32, shape, values);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q6_K"})
  void matMulMultipliesEachColumnByEachRowOfTheWeights(TensorType type) {
    int in = 256;
    int out = 3;
    int columns = 5;
    Tensor weights = graph.input(type, Shape.of(in, out), gaussians(1, in * out));
    float[] input = gaussians(2, in * columns);
    float[] rows = graph.rounded(weights);

    Tensor product = ops.matMul(weights, f32(Shape.of(in, columns), input));
    float[] result = graph.run(product);

    assertThat(product.shape()).isEqualTo(Shape.of(out, columns));
    for (int column = 0; column < columns; column++) {
      for (int row = 0; row < out; row++) {
        double expected = 0;
        double weightSum = 0;
        double largest = 0;
        for (int i = 0; i < in; i++) {
          float value = input[column * in + i];
          expected += (double) rows[row * in + i] * value;
          weightSum += Math.abs(rows[row * in + i]);
          largest = Math.max(largest, Math.abs(value));
        }
        // ggml rounds the column to the partner of the weights' type first.
        double bound = weightSum * largest * partnerRounding(type);
        assertThat((double) result[column * out + row]).isCloseTo(expected, within(bound));
      }
    }
  }

  /** Largest error of a value, as a share of the largest in its column. */
  private static double partnerRounding(TensorType type) {
    return switch (type) {
      case F32 -> 1e-6;
      case F16 -> 1.0 / 2048;
      case BF16 -> 1.0 / 256;
      default -> 1.01 / 254; // Q8_0 and Q8_K: half of one of 127 steps
    };
  }

  @Test
  void matMulRepeatsAMatrixOverTheStacksOfTheInput() {
    Tensor weights = f32(Shape.of(2, 1, 1), 1, 10);
    Tensor input = f32(Shape.of(2, 1, 3), 1, 2, 3, 4, 5, 6);

    float[] result = graph.run(ops.matMul(weights, input));

    assertThat(result).containsExactly(new float[] {21, 43, 65}, EXACT);
  }

  @Test
  void sumAddsAndRepeatsRowsAndColumns() {
    Tensor left = f32(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    Tensor row = f32(Shape.of(2), 10, 20);
    Tensor column = f32(Shape.of(1, 3), 100, 200, 300);

    float[] result = graph.run(ops.sum(ops.sum(left, row), column));

    assertThat(result).containsExactly(new float[] {111, 122, 213, 224, 315, 326}, EXACT);
  }

  @Test
  void multiplyScalesRowByRow() {
    Tensor left = f32(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    Tensor gates = f32(Shape.of(1, 3), 1, -1, 0.5f);

    float[] result = graph.run(ops.multiply(left, gates));

    assertThat(result).containsExactly(new float[] {1, 2, -3, -4, 2.5f, 3}, EXACT);
  }

  @Test
  void scaleMultipliesByAConstant() {
    float[] values = gaussians(3, 35);

    float[] result = graph.run(ops.scale(f32(Shape.of(7, 5), values), -0.25f));

    for (int i = 0; i < values.length; i++) {
      values[i] *= -0.25f;
    }
    assertThat(result).containsExactly(values, EXACT);
  }

  @Test
  void rmsNormDividesEachRowByItsRootMeanSquare() {
    int width = 37;
    float[] values = gaussians(4, width * 3);

    float[] result = graph.run(ops.rmsNorm(f32(Shape.of(width, 3), values), 0.5f));

    float[] expected = new float[values.length];
    for (int row = 0; row < 3; row++) {
      double squares = 0;
      for (int i = 0; i < width; i++) {
        squares += (double) values[row * width + i] * values[row * width + i];
      }
      for (int i = 0; i < width; i++) {
        expected[row * width + i] =
            (float) (values[row * width + i] / Math.sqrt(squares / width + 0.5));
      }
    }
    assertThat(result).containsExactly(expected, ROUNDING);
  }

  @Test
  void geluErfIsTheExactOne() {
    float[] values = gaussians(5, 33);

    float[] result = graph.run(ops.geluErf(f32(Shape.of(11, 3), values)));

    float[] expected = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      expected[i] = (float) (0.5 * values[i] * (1 + erf(values[i] / Math.sqrt(2))));
    }
    assertThat(result).containsExactly(expected, ROUNDING);
  }

  /** The Taylor series: good to 1e-9 below 4. */
  private static double erf(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; n < 100; n++) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
    }
    return sum * 2 / Math.sqrt(Math.PI);
  }

  @Test
  void swigluGatesByTheSiluOfTheFirst() {
    float[] gate = gaussians(6, 40);
    float[] up = gaussians(7, 40);
    Shape shape = Shape.of(10, 4);

    float[] result = graph.run(ops.swiglu(f32(shape, gate), f32(shape, up)));

    float[] expected = new float[gate.length];
    for (int i = 0; i < gate.length; i++) {
      expected[i] = (float) (gate[i] / (1 + Math.exp(-gate[i])) * up[i]);
    }
    assertThat(result).containsExactly(expected, ROUNDING);
  }

  @Test
  void ropeTurnsPairsOfHalvesAndLeavesTheRest() {
    int keyLength = 10;
    int rotated = 8;
    int heads = 2;
    int[] positions = {0, 3, 11};
    float base = 10000;
    float[] values = gaussians(8, keyLength * heads * positions.length);

    float[] result =
        graph.run(
            ops.rope(
                f32(Shape.of(keyLength, heads, positions.length), values),
                graph.input(positions),
                new Rotation(rotated, base, Rotation.Pairing.SPLIT_HALVES)));

    float[] expected = values.clone();
    for (int token = 0; token < positions.length; token++) {
      for (int head = 0; head < heads; head++) {
        int start = (token * heads + head) * keyLength;
        for (int i = 0; i < rotated / 2; i++) {
          double angle = positions[token] * Math.pow(base, -2.0 * i / rotated);
          float first = values[start + i];
          float second = values[start + i + rotated / 2];
          expected[start + i] = (float) (first * Math.cos(angle) - second * Math.sin(angle));
          expected[start + i + rotated / 2] =
              (float) (first * Math.sin(angle) + second * Math.cos(angle));
        }
      }
    }
    assertThat(result).containsExactly(expected, ROUNDING);
  }

  @Test
  void ropeTurnsNeighboursByAnglesThatItsFactorsDivide() {
    float[] values = gaussians(9, 6);
    float[] factors = {1, 8};

    float[] result =
        graph.run(
            ops.rope(
                f32(Shape.of(6, 1, 1), values),
                graph.input(5),
                f32(Shape.of(2), factors),
                new Rotation(4, 100, Rotation.Pairing.ADJACENT)));

    float[] expected = values.clone();
    for (int i = 0; i < 2; i++) {
      double angle = 5 * Math.pow(100, -2.0 * i / 4) / factors[i];
      float first = values[2 * i];
      float second = values[2 * i + 1];
      expected[2 * i] = (float) (first * Math.cos(angle) - second * Math.sin(angle));
      expected[2 * i + 1] = (float) (first * Math.sin(angle) + second * Math.cos(angle));
    }
    assertThat(result).containsExactly(expected, ROUNDING);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q6_K"})
  void getRowsDecodesTheRowsInTheOrderAsked(TensorType type) {
    int width = 256;
    Tensor table = graph.input(type, Shape.of(width, 4), gaussians(9, width * 4));
    float[] rows = graph.rounded(table);

    float[] result = graph.run(ops.getRows(table, graph.input(3, 0, 3)));

    float[] expected = new float[3 * width];
    System.arraycopy(rows, 3 * width, expected, 0, width);
    System.arraycopy(rows, 0, expected, width, width);
    System.arraycopy(rows, 3 * width, expected, 2 * width, width);
    assertThat(result).containsExactly(expected, EXACT);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16", "Q8_0"})
  void setRowsOverwritesOnlyTheRowsNamed(TensorType type) {
    int width = 32;
    Tensor table = graph.input(type, Shape.of(width, 4), gaussians(10, width * 4));
    Tensor source = graph.input(type, Shape.of(width, 2), gaussians(11, width * 2));
    float[] expected = graph.rounded(table);
    float[] rows = graph.rounded(source);
    System.arraycopy(rows, 0, expected, 2 * width, width);
    System.arraycopy(rows, width, expected, 0, width);

    float[] result =
        graph.run(ops.setRows(table, f32(Shape.of(width, 2), rows), graph.input(2, 0)));

    // Values that the type can hold stay; Q8_0 computes its scale anew and may round it once more.
    float rounding = type == TensorType.Q8_0 ? 2e-3f : 0;
    assertThat(result).containsExactly(expected, within(rounding));
  }

  @Test
  void softMaxScalesMasksAndNormalizes() {
    int slots = 5;
    int tokens = 2;
    int heads = 3;
    float[] scores = gaussians(12, slots * tokens * heads);
    float[] mask = new float[slots * tokens];
    mask[1] = Float.NEGATIVE_INFINITY;
    mask[slots + 4] = Float.NEGATIVE_INFINITY;

    float[] result =
        graph.run(
            ops.softMax(
                f32(Shape.of(slots, tokens, heads), scores),
                graph.input(TensorType.F16, Shape.of(slots, tokens), mask),
                0.5f));

    float[] expected = new float[scores.length];
    for (int row = 0; row < tokens * heads; row++) {
      double sum = 0;
      for (int slot = 0; slot < slots; slot++) {
        sum += Math.exp(0.5 * scores[row * slots + slot] + mask[row % tokens * slots + slot]);
      }
      for (int slot = 0; slot < slots; slot++) {
        double score = 0.5 * scores[row * slots + slot] + mask[row % tokens * slots + slot];
        expected[row * slots + slot] = (float) (Math.exp(score) / sum);
      }
    }
    assertThat(result).containsExactly(expected, ROUNDING);
  }

  @Test
  void reshapeKeepsTheOrderOfValues() {
    float[] values = gaussians(13, 12);

    Tensor reshaped = ops.reshape(f32(Shape.of(3, 4), values), Shape.of(2, 3, 2));

    assertThat(reshaped.shape()).isEqualTo(Shape.of(2, 3, 2));
    assertThat(graph.run(reshaped)).containsExactly(values, EXACT);
  }

  @Test
  void transposeSwapsValuesAndRows() {
    Tensor input = f32(Shape.of(3, 2), 1, 2, 3, 4, 5, 6);

    Tensor transposed = ops.transpose(input);

    assertThat(transposed.shape()).isEqualTo(Shape.of(2, 3));
    assertThat(graph.run(transposed)).containsExactly(new float[] {1, 4, 2, 5, 3, 6}, EXACT);
  }

  @Test
  void swapRowsAndMatricesKeepsRowsWhole() {
    Tensor input = f32(Shape.of(2, 3, 2), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);

    Tensor swapped = ops.swapRowsAndMatrices(input);

    assertThat(swapped.shape()).isEqualTo(Shape.of(2, 2, 3));
    assertThat(graph.run(swapped))
        .containsExactly(new float[] {1, 2, 7, 8, 3, 4, 9, 10, 5, 6, 11, 12}, EXACT);
  }

  @Test
  void contiguousFillsTheGapsOfAView() {
    Tensor view = ops.viewHeads(f32(Shape.of(4, 2), 1, 2, 3, 4, 5, 6, 7, 8), 2, 2);

    Tensor copy = ops.contiguous(view);

    assertThat(view.isContiguous()).isFalse();
    assertThat(copy.isContiguous()).isTrue();
    assertThat(graph.run(copy)).containsExactly(new float[] {1, 2, 5, 6, 3, 4, 7, 8}, EXACT);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void castRoundsToTheOtherType(TensorType type) {
    float[] values = gaussians(14, 10);
    float[] expected = graph.rounded(graph.input(type, Shape.of(5, 2), values));

    float[] result = graph.run(ops.cast(f32(Shape.of(5, 2), values), type));

    assertThat(result).containsExactly(expected, EXACT);
  }

  @Test
  void castDecodesQuantizedValues() {
    Tensor quantized = graph.input(TensorType.Q8_0, Shape.of(64, 2), gaussians(15, 128));

    float[] result = graph.run(ops.cast(quantized, TensorType.F32));

    assertThat(result).containsExactly(graph.rounded(quantized), EXACT);
  }

  @Test
  void viewHeadsShowsTheLeadingSlotsHeadByHead() {
    Tensor cache = f32(Shape.of(4, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);

    Tensor view = ops.viewHeads(cache, 2, 2);

    assertThat(view.shape()).isEqualTo(Shape.of(2, 2, 2));
    assertThat(graph.run(view)).containsExactly(new float[] {1, 2, 5, 6, 3, 4, 7, 8}, EXACT);
  }

  @Test
  void viewRowsShowsTheLeadingRows() {
    Tensor view = ops.viewRows(f32(Shape.of(2, 3), 1, 2, 3, 4, 5, 6), 2);

    assertThat(view.shape()).isEqualTo(Shape.of(2, 2));
    assertThat(graph.run(view)).containsExactly(new float[] {1, 2, 3, 4}, EXACT);
  }

  @Test
  void gatedScatterAddEqualsItsFourOperationsBitForBit() {
    int width = 67;
    Shape table = Shape.of(width, 6);
    Shape kept = Shape.of(width, 3);
    float[] stream = gaussians(16, width * 6);
    float[] update = gaussians(17, width * 3);
    float[] gates = gaussians(18, 3);
    int[] rows = {4, 0, 5};

    float[] fused =
        graph.run(
            ops.fused()
                .gatedScatterAdd(
                    f32(table, stream),
                    f32(kept, update),
                    graph.input(rows),
                    f32(Shape.of(3), gates)));

    try (CpuGraph other = new CpuGraph()) {
      TensorOps steps = other.ops();
      Tensor target = other.input(TensorType.F32, table, stream);
      Tensor index = other.input(rows);
      Tensor column =
          steps.reshape(other.input(TensorType.F32, Shape.of(3), gates), Shape.of(1, 3));
      Tensor gated = steps.multiply(other.input(TensorType.F32, kept, update), column);
      Tensor summed = steps.sum(steps.getRows(target, index), gated);
      assertThat(fused).containsExactly(other.run(steps.setRows(target, summed, index)), EXACT);
    }
  }
}
