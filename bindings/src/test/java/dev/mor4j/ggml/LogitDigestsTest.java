package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link FusedOps#digestLogits} against plain loops. */
class LogitDigestsTest {
  private static final int PIECE = 1024;
  private static final int ROWS = 3;

  private static float[] digests(float[] logits, int vocabulary) {
    try (CpuGraph graph = new CpuGraph()) {
      int rows = logits.length / vocabulary;
      Tensor input = graph.input(TensorType.F32, Shape.of(vocabulary, rows), logits);
      return graph.run(graph.ops().fused().digestLogits(input));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 1023, 1024, 1025, 5000})
  void equalPlainLoops(int vocabulary) {
    float[] logits = CpuGraph.gaussians(1, vocabulary * ROWS);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = Math.round(20 * logits[i]) / 4f; // many are equal
    }

    float[] found = digests(logits, vocabulary);

    int at = 0;
    for (int row = 0; row < ROWS; row++) {
      for (int piece = 0; piece < vocabulary; piece += PIECE) {
        int end = Math.min(piece + PIECE, vocabulary);
        int greatest = piece;
        for (int i = piece; i < end; i++) {
          greatest =
              logits[row * vocabulary + i] > logits[row * vocabulary + greatest] ? i : greatest;
        }
        float most = logits[row * vocabulary + greatest];
        double sum = 0;
        for (int i = piece; i < end; i++) {
          sum += Math.exp(logits[row * vocabulary + i] - most);
        }
        assertThat(found[at++]).isEqualTo(most);
        assertThat(found[at++]).isEqualTo(greatest);
        assertThat((double) found[at++]).isCloseTo(sum, within(1e-6 * sum));
      }
    }
    assertThat(found).hasSize(at);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void tellWhichPieceCannotBeUsed(float bad) {
    float[] logits = CpuGraph.gaussians(1, 3000);
    logits[2000] = bad;

    float[] found = digests(logits, 3000);

    assertThat(found[2]).isPositive();
    assertThat(found[5]).isNaN();
    assertThat(found[8]).isPositive();
  }
}
