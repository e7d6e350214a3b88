package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What ggml would end the process for, refused in Java before C is reached. */
class TensorOpsRefusalTest {
  private final GgmlContext context = GgmlContext.forGraph(256);
  private final TensorOps ops = context.ops();
  private final FusedOps fused = ops.fused();
  private final Tensor matrix = f32(4, 3);
  private final Tensor transposed = ops.transpose(matrix);
  private final Tensor halves = tensor(TensorType.F16, 4, 3);
  private final Tensor rows = tensor(TensorType.I32, 3);

  @AfterEach
  void close() {
    context.close();
  }

  private Tensor tensor(TensorType type, long... sizes) {
    return context.newTensor(type, Shape.of(sizes), "tensor");
  }

  private Tensor f32(long... sizes) {
    return tensor(TensorType.F32, sizes);
  }

  /** Refused with the operation's name; in C it would have ended this test's process. */
  private static void assertRefused(String operation, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(operation);
  }

  @Test
  void matMulRefusesOtherWidthsAndStacks() {
    assertRefused("matMul", () -> ops.matMul(f32(4, 3), f32(5, 2)));
    assertRefused("matMul", () -> ops.matMul(f32(4, 3, 2), f32(4, 2, 3)));
    assertRefused("matMul", () -> ops.matMul(f32(4, 3, 1, 2), f32(4, 2, 1, 3)));
  }

  @ParameterizedTest
  @EnumSource(names = {"I8", "I16", "I32", "I64", "F64", "Q8_1", "Q8_K"})
  void matMulRefusesWeightsWithoutKernel(TensorType type) {
    assertRefused("matMul", () -> ops.matMul(tensor(type, 256, 3), f32(256, 2)));
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "I32", "Q8_0"})
  void matMulRefusesInputsOtherThanF32(TensorType type) {
    assertRefused("matMul", () -> ops.matMul(f32(32, 3), tensor(type, 32, 2)));
  }

  @Test
  void matMulRefusesRowsWithGaps() {
    Tensor swapped = ops.swapRowsAndMatrices(ops.transpose(f32(2, 4, 3)));

    assertRefused("matMul", () -> ops.matMul(transposed, f32(3, 2)));
    assertRefused("matMul", () -> ops.matMul(f32(3, 2), transposed));
    // Its second step is smaller than its first, so that ggml's own test for transposition passes.
    assertRefused("matMul", () -> ops.matMul(swapped, f32(4, 2, 2)));
  }

  @Test
  void sumAndMultiplyRefuseWhatDoesNotRepeat() {
    assertRefused("sum", () -> ops.sum(matrix, f32(4, 2)));
    assertRefused("sum", () -> ops.sum(matrix, halves));
    assertRefused("sum", () -> ops.sum(transposed, f32(3, 4)));
    assertRefused("multiply", () -> ops.multiply(matrix, f32(3, 3)));
    assertRefused("multiply", () -> ops.multiply(halves, matrix));
    assertRefused("multiply", () -> ops.multiply(transposed, f32(3, 4)));
  }

  @Test
  void scaleRefusesViewsWithGapsAndOtherTypes() {
    assertRefused("scale", () -> ops.scale(transposed, 2));
    assertRefused("scale", () -> ops.scale(halves, 2));
  }

  @Test
  void rmsNormRefusesNegativeOrUndefinedEpsilon() {
    assertRefused("rmsNorm", () -> ops.rmsNorm(matrix, -1));
    assertRefused("rmsNorm", () -> ops.rmsNorm(matrix, Float.NaN));
    assertRefused("rmsNorm", () -> ops.rmsNorm(transposed, 1e-5f));
    assertRefused("rmsNorm", () -> ops.rmsNorm(halves, 1e-5f));
  }

  @Test
  void geluErfAndSwigluRefuseGapsTypesAndOtherShapes() {
    assertRefused("geluErf", () -> ops.geluErf(transposed));
    assertRefused("geluErf", () -> ops.geluErf(halves));
    assertRefused("swiglu", () -> ops.swiglu(matrix, f32(4, 2)));
    assertRefused("swiglu", () -> ops.swiglu(matrix, halves));
    assertRefused("swiglu", () -> ops.swiglu(transposed, f32(3, 4)));
  }

  @Test
  void ropeRefusesDimensionsThatAreOddNoneOrMoreThanTheHead() {
    Tensor heads = f32(4, 2, 3);

    assertRefused("rope", () -> ops.rope(heads, rows, halves(3, 10000)));
    assertRefused("rope", () -> ops.rope(heads, rows, halves(0, 10000)));
    assertRefused("rope", () -> ops.rope(heads, rows, halves(-2, 10000)));
    assertRefused("rope", () -> ops.rope(heads, rows, halves(6, 10000)));
    assertRefused("rope", () -> ops.rope(heads, rows, halves(4, Float.NaN)));
  }

  private static Rotation halves(int dimensions, float freqBase) {
    return new Rotation(dimensions, freqBase, Rotation.Pairing.SPLIT_HALVES);
  }

  @Test
  void ropeRefusesFactorsOfOtherCountOrType() {
    Tensor heads = f32(4, 2, 3);
    Rotation rotation = halves(4, 10000);

    assertRefused("rope", () -> ops.rope(heads, rows, f32(4), rotation));
    assertRefused("rope", () -> ops.rope(heads, rows, tensor(TensorType.F16, 2), rotation));
  }

  @Test
  void ropeRefusesOtherPositionsAndTypes() {
    assertRefused("rope", () -> ops.rope(f32(4, 2, 4), rows, halves(4, 10000)));
    assertRefused("rope", () -> ops.rope(f32(4, 2, 3), f32(3), halves(4, 10000)));
    assertRefused("rope", () -> ops.rope(tensor(TensorType.F16, 4, 2, 3), rows, halves(4, 10000)));
    assertRefused("rope", () -> ops.rope(ops.transpose(f32(2, 4, 3)), rows, halves(4, 10000)));
  }

  @ParameterizedTest
  @EnumSource(names = {"I8", "I16", "I64", "F64", "Q8_1", "Q8_K"})
  void getRowsRefusesTablesWithoutDecoder(TensorType type) {
    assertRefused("getRows", () -> ops.getRows(tensor(type, 256, 3), rows));
  }

  @Test
  void getRowsRefusesStacksGapsAndOtherIndices() {
    assertRefused("getRows", () -> ops.getRows(f32(4, 3, 2), rows));
    assertRefused("getRows", () -> ops.getRows(matrix, tensor(TensorType.I32, 3, 2)));
    assertRefused("getRows", () -> ops.getRows(matrix, tensor(TensorType.I64, 3)));
    assertRefused("getRows", () -> ops.getRows(transposed, rows));
  }

  @ParameterizedTest
  @EnumSource(names = {"I32", "F64", "Q8_1", "Q8_K", "IQ2_XXS", "IQ3_S", "IQ1_M"})
  void setRowsRefusesTablesThatGraphsCannotWrite(TensorType type) {
    assertRefused("setRows", () -> ops.setRows(tensor(type, 256, 5), f32(256, 3), rows));
  }

  @Test
  void setRowsRefusesOtherWidthsCountsAndTypes() {
    assertRefused("setRows", () -> ops.setRows(matrix, f32(5, 3), rows));
    assertRefused("setRows", () -> ops.setRows(matrix, f32(4, 2), rows));
    assertRefused("setRows", () -> ops.setRows(matrix, halves, rows));
    assertRefused("setRows", () -> ops.setRows(matrix, f32(4, 3), f32(3)));
    assertRefused("setRows", () -> ops.setRows(f32(4, 3, 2), f32(4, 3), rows));
    assertRefused("setRows", () -> ops.setRows(transposed, f32(3, 3), rows));
    assertRefused("setRows", () -> ops.setRows(f32(3, 5), ops.transpose(f32(3, 3)), rows));
  }

  @Test
  void gatedScatterAddRefusesStacksOtherCountsAndTypes() {
    Tensor table = f32(4, 9);
    Tensor gates = f32(3);

    assertRefused("gatedScatterAdd", () -> fused.gatedScatterAdd(table, f32(5, 3), rows, gates));
    assertRefused("gatedScatterAdd", () -> fused.gatedScatterAdd(table, f32(4, 2), rows, gates));
    assertRefused("gatedScatterAdd", () -> fused.gatedScatterAdd(table, matrix, rows, f32(4)));
    assertRefused("gatedScatterAdd", () -> fused.gatedScatterAdd(table, matrix, rows, f32(1, 3)));
    assertRefused("gatedScatterAdd", () -> fused.gatedScatterAdd(table, matrix, gates, gates));
    assertRefused("gatedScatterAdd", () -> fused.gatedScatterAdd(halves, matrix, rows, gates));
    assertRefused(
        "gatedScatterAdd", () -> fused.gatedScatterAdd(f32(4, 9, 2), matrix, rows, gates));
    assertRefused("gatedScatterAdd", () -> fused.gatedScatterAdd(table, f32(4, 3, 2), rows, gates));
    assertRefused(
        "gatedScatterAdd", () -> fused.gatedScatterAdd(transposed, f32(3, 3), rows, gates));
  }

  @Test
  void digestLogitsRefusesStacksGapsOtherTypesAndTooMany() {
    assertRefused("digestLogits", () -> fused.digestLogits(f32(4, 3, 2)));
    assertRefused("digestLogits", () -> fused.digestLogits(transposed));
    assertRefused("digestLogits", () -> fused.digestLogits(halves));
    assertRefused("digestLogits", () -> fused.digestLogits(f32((1 << 24) + 1, 1)));
  }

  @Test
  void flashAttentionRefusesOtherShapes() {
    Tensor queries = f32(4, 2, 6);
    Tensor keys = f32(4, 5, 3);
    Tensor mask = tensor(TensorType.F16, 5, 2);

    assertRefused("flash", () -> ops.flashAttention(queries, keys, f32(4, 6, 3), mask, 1));
    assertRefused("flash", () -> ops.flashAttention(queries, f32(4, 5, 4), keys, mask, 1));
    assertRefused("flash", () -> ops.flashAttention(f32(4, 2, 7), keys, keys, mask, 1));
    assertRefused("flash", () -> ops.flashAttention(f32(6, 2, 6), keys, keys, mask, 1));
    assertRefused("flash", () -> ops.flashAttention(f32(4, 2, 6, 2), keys, keys, mask, 1));
    assertRefused("flash", () -> ops.flashAttention(f32(4, 3, 6), keys, keys, mask, 1));
  }

  @ParameterizedTest
  @EnumSource(names = {"I8", "I32", "F64", "Q8_1", "Q8_K"})
  void flashAttentionRefusesKeysAndValuesWithoutKernel(TensorType type) {
    Tensor queries = f32(256, 2, 6);
    Tensor good = f32(256, 5, 3);
    Tensor bad = tensor(type, 256, 5, 3);
    Tensor mask = tensor(TensorType.F16, 5, 2);

    assertRefused("flash", () -> ops.flashAttention(queries, bad, good, mask, 1));
    assertRefused("flash", () -> ops.flashAttention(queries, good, bad, mask, 1));
  }

  @Test
  void flashAttentionRefusesRowsWithGapsAndMasksOtherThanF16() {
    Tensor queries = f32(4, 2, 6);
    Tensor keys = f32(4, 5, 3);
    Tensor gaps = ops.transpose(f32(5, 4, 3));
    Tensor mask = tensor(TensorType.F16, 5, 2);

    assertRefused("flash", () -> ops.flashAttention(queries, gaps, keys, mask, 1));
    assertRefused("flash", () -> ops.flashAttention(queries, keys, gaps, mask, 1));
    assertRefused(
        "flash", () -> ops.flashAttention(ops.transpose(f32(2, 4, 6)), keys, keys, mask, 1));
    assertRefused("flash", () -> ops.flashAttention(queries, keys, keys, f32(5, 2), 1));
  }

  @Test
  void raggedAttentionRefusesOtherShapes() {
    Tensor queries = f32(8, 6, 3);
    Tensor pool = f32(24, 9);
    Tensor lists = tensor(TensorType.I32, 7);
    Tensor spans = tensor(TensorType.I32, 2, 3);

    assertRagged(f32(8, 6, 3, 2), pool, pool, lists, spans);
    assertRagged(f32(12, 6, 3), pool, pool, lists, spans);
    assertRagged(f32(520, 3, 3), f32(520, 9), f32(520, 9), lists, spans);
    assertRagged(queries, f32(28, 9), f32(28, 9), lists, spans);
    assertRagged(queries, f32(32, 9), f32(32, 9), lists, spans);
    assertRagged(queries, f32(96, 9), f32(96, 9), lists, spans);
    assertRagged(queries, f32(24, 9, 2), f32(24, 9, 2), lists, spans);
    assertRagged(queries, pool, f32(24, 8), lists, spans);
    assertRagged(queries, pool, f32(48, 9), lists, spans);
    assertRagged(queries, pool, pool, tensor(TensorType.I32, 7, 2), spans);
    assertRagged(queries, pool, pool, lists, tensor(TensorType.I32, 2, 4));
    assertRagged(queries, pool, pool, lists, tensor(TensorType.I32, 3, 2));
    assertRagged(queries, pool, pool, lists, tensor(TensorType.I32, 6));
  }

  @Test
  void raggedAttentionRefusesOtherTypesAndGaps() {
    Tensor queries = f32(8, 6, 3);
    Tensor pool = f32(24, 9);
    Tensor gaps = ops.transpose(f32(9, 24));
    Tensor lists = tensor(TensorType.I32, 7);
    Tensor spans = tensor(TensorType.I32, 2, 3);

    assertRagged(tensor(TensorType.F16, 8, 6, 3), pool, pool, lists, spans);
    assertRagged(ops.transpose(f32(6, 8, 3)), pool, pool, lists, spans);
    assertRagged(queries, gaps, pool, lists, spans);
    assertRagged(queries, pool, gaps, lists, spans);
    assertRagged(queries, pool, pool, tensor(TensorType.I64, 7), spans);
    assertRagged(queries, pool, pool, f32(7), spans);
    assertRagged(queries, pool, pool, lists, tensor(TensorType.I64, 2, 3));
    assertRagged(queries, pool, pool, lists, ops.transpose(tensor(TensorType.I32, 3, 2)));
  }

  @ParameterizedTest
  @EnumSource(names = {"I8", "I32", "F64", "Q8_1", "Q8_K"})
  void raggedAttentionRefusesPoolsWithoutDecoder(TensorType type) {
    Tensor queries = f32(256, 2, 3);
    Tensor good = f32(256, 5);
    Tensor bad = tensor(type, 256, 5);

    assertRagged(queries, bad, good, rows, tensor(TensorType.I32, 2, 3));
    assertRagged(queries, good, bad, rows, tensor(TensorType.I32, 2, 3));
  }

  @Test
  void raggedAttentionRefusesHeadsThatEndInsideABlock() {
    Tensor queries = f32(80, 2, 3);
    Tensor good = f32(160, 5);
    Tensor bad = tensor(TensorType.Q8_0, 160, 5);

    assertRagged(queries, bad, good, rows, tensor(TensorType.I32, 2, 3));
    assertRagged(queries, good, bad, rows, tensor(TensorType.I32, 2, 3));
  }

  private void assertRagged(
      Tensor queries, Tensor keys, Tensor values, Tensor lists, Tensor spans) {
    assertRefused(
        "raggedAttention", () -> fused.raggedAttention(queries, keys, values, lists, spans));
  }

  @Test
  void softMaxRefusesOtherMasksAndGaps() {
    Tensor mask = tensor(TensorType.F16, 4, 3);

    assertRefused("softMax", () -> ops.softMax(matrix, tensor(TensorType.F16, 4, 2), 1));
    assertRefused("softMax", () -> ops.softMax(matrix, f32(4, 3), 1));
    assertRefused("softMax", () -> ops.softMax(halves, mask, 1));
    assertRefused("softMax", () -> ops.softMax(ops.transpose(f32(3, 4)), mask, 1));
  }

  @Test
  void reshapeRefusesOtherCountsGapsAndBrokenBlocks() {
    Shape overflow = new Shape(Long.MAX_VALUE, 2, 1, 1);

    assertRefused("reshape", () -> ops.reshape(matrix, Shape.of(5, 2)));
    assertRefused("reshape", () -> ops.reshape(matrix, overflow));
    assertRefused("reshape", () -> ops.reshape(transposed, Shape.of(12)));
    assertRefused("reshape", () -> ops.reshape(tensor(TensorType.Q8_0, 64, 2), Shape.of(16, 8)));
  }

  @Test
  void copiesRefuseQuantizedValuesWhereTheyCannotBeSplit() {
    Tensor quantized = tensor(TensorType.Q8_0, 32, 2);

    assertRefused("transpose", () -> ops.transpose(quantized));
    assertRefused("contiguous", () -> ops.contiguous(quantized));
  }

  @Test
  void castRefusesPairsWithoutKernel() {
    assertRefused("cast", () -> ops.cast(matrix, TensorType.Q8_0));
    assertRefused("cast", () -> ops.cast(matrix, TensorType.I64));
    assertRefused("cast", () -> ops.cast(rows, TensorType.F16));
    assertRefused("cast", () -> ops.cast(tensor(TensorType.Q8_0, 32), TensorType.F16));
    assertRefused("cast", () -> ops.cast(tensor(TensorType.Q8_K, 256), TensorType.F32));
    assertRefused("cast", () -> ops.cast(transposed, TensorType.F16));
  }

  @Test
  void viewHeadsRefusesHeadsAndSlotsThatAreNotThere() {
    Tensor cache = f32(6, 5);

    assertRefused("viewHeads", () -> ops.viewHeads(cache, 4, 5));
    assertRefused("viewHeads", () -> ops.viewHeads(cache, 0, 5));
    assertRefused("viewHeads", () -> ops.viewHeads(cache, -3, 5));
    assertRefused("viewHeads", () -> ops.viewHeads(cache, 3, 0));
    assertRefused("viewHeads", () -> ops.viewHeads(cache, 3, 6));
    assertRefused("viewHeads", () -> ops.viewHeads(f32(6, 5, 2), 3, 5));
    assertRefused("viewHeads", () -> ops.viewHeads(ops.transpose(cache), 5, 6));
    assertRefused("viewHeads", () -> ops.viewHeads(tensor(TensorType.Q8_0, 64, 5), 16, 5));
  }

  @Test
  void viewRowsRefusesRowsThatAreNotThere() {
    Tensor input = f32(6, 5);

    assertRefused("viewRows", () -> ops.viewRows(input, 0));
    assertRefused("viewRows", () -> ops.viewRows(input, -1));
    assertRefused("viewRows", () -> ops.viewRows(input, 6));
    assertRefused("viewRows", () -> ops.viewRows(f32(6, 5, 2), 3));
    assertRefused("viewRows", () -> ops.viewRows(ops.transpose(input), 3));
  }

  @Test
  void swapRowsAndMatricesRefusesResultsOfAnotherContext() {
    try (GgmlContext other = GgmlContext.forGraph(8)) {
      Tensor input = other.newTensor(TensorType.F32, Shape.of(4), "input");
      Tensor result = other.ops().scale(input, 2);

      assertRefused("F32 [4]: ", () -> ops.swapRowsAndMatrices(result));
    }
  }
}
