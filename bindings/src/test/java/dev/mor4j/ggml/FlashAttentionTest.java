package dev.mor4j.ggml;

import static dev.mor4j.ggml.CpuGraph.gaussians;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The fused attention against its composition from a product, a softmax and a product. */
class FlashAttentionTest {
  private static final int KEY_LENGTH = 32;
  private static final int HEADS = 4;
  private static final int KV_HEADS = 2;
  private static final float SCALE = 0.2f;

  // 1 row over 600 slots: kernel that splits the slots; 70 rows: kernel with tiles; else the plain.
  @ParameterizedTest
  @CsvSource({
    "F32, 1, 9", "F32, 1, 600", "F32, 3, 17", "F32, 70, 90",
    "F16, 1, 9", "F16, 1, 600", "F16, 3, 17", "F16, 70, 90"
  })
  void equalsTheComposition(TensorType type, int tokens, int slots) {
    float[] mask = causalMask(tokens, slots);

    float[] fused = attend(type, tokens, slots, mask, true);
    float[] composed = attend(type, tokens, slots, mask, false);

    // F32 rounds sums of 600 products; with F16 the plain kernel also keeps its sums in F16.
    float tolerance = type == TensorType.F32 ? 1e-5f : 4e-3f;
    assertThat(fused).containsExactly(composed, within(tolerance));
  }

  @Test
  void givesZeroForATokenThatSeesNoSlot() {
    float[] mask = new float[2 * 5];
    Arrays.fill(mask, 5, 10, Float.NEGATIVE_INFINITY);

    float[] fused = attend(TensorType.F32, 2, 5, mask, true);

    assertThat(Arrays.copyOfRange(fused, 0, HEADS * KEY_LENGTH)).doesNotContain(0);
    assertThat(Arrays.copyOfRange(fused, HEADS * KEY_LENGTH, fused.length)).containsOnly(0);
  }

  /** Token t sees the slots up to its own; the last token sees all. */
  private static float[] causalMask(int tokens, int slots) {
    float[] mask = new float[tokens * slots];
    for (int token = 0; token < tokens; token++) {
      int seen = slots - tokens + token + 1;
      Arrays.fill(mask, token * slots + seen, (token + 1) * slots, Float.NEGATIVE_INFINITY);
    }
    return mask;
  }

  /** F32 [keyLength, heads, tokens]. */
  private static float[] attend(
      TensorType type, int tokens, int slots, float[] maskValues, boolean isFused) {
    try (CpuGraph graph = new CpuGraph()) {
      TensorOps ops = graph.ops();
      Shape cache = Shape.of(KEY_LENGTH * KV_HEADS, slots);
      int cacheCount = (int) cache.valueCount();
      Tensor keys = ops.viewHeads(graph.input(type, cache, gaussians(1, cacheCount)), 32, slots);
      Tensor values = ops.viewHeads(graph.input(type, cache, gaussians(2, cacheCount)), 32, slots);
      Tensor mask = graph.input(TensorType.F16, Shape.of(slots, tokens), maskValues);
      Tensor queries =
          ops.swapRowsAndMatrices(
              graph.input(
                  TensorType.F32,
                  Shape.of(KEY_LENGTH, HEADS, tokens),
                  gaussians(3, KEY_LENGTH * HEADS * tokens)));
      if (isFused) {
        return graph.run(ops.flashAttention(queries, keys, values, mask, SCALE));
      }
      Tensor weights = ops.softMax(ops.matMul(keys, queries), mask, SCALE);
      Tensor columns = ops.contiguous(ops.transpose(values));
      return graph.run(ops.swapRowsAndMatrices(ops.matMul(columns, weights)));
    }
  }
}
