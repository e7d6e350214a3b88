package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Mor;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The operations of a graph. Each checks types and shapes first and throws {@link
 * IllegalArgumentException} with both, since ggml would end the process. Shapes are in ggml's
 * order, fastest first. Results belong to the context that this was taken from.
 */
public final class TensorOps {
  /** {@code GGML_ROPE_TYPE_NEOX}: pairs (i, i + half). */
  private static final int ROPE_SPLIT_HALVES = 2;

  private final GgmlContext context;

  TensorOps(GgmlContext context) {
    this.context = context;
  }

  /**
   * Matrix product.
   *
   * @param weights any type [in, out]
   * @param input F32 [in, columns...]
   * @return F32 [out, columns...]
   */
  public Tensor matMul(Tensor weights, Tensor input) {
    require(
        "matMul",
        weights.shape().size0() == input.shape().size0()
            && input.shape().size2() % weights.shape().size2() == 0
            && input.shape().size3() % weights.shape().size3() == 0
            && weights.stride(0) <= weights.stride(1)
            && (input.type() == TensorType.F32 || !weights.type().isQuantized()),
        weights,
        input);
    return add(Ggml.ggml_mul_mat(graph(1), weights.struct(), input.struct()));
  }

  /**
   * Sum.
   *
   * @param right repeated along dimensions where it has size 1
   * @return type and shape of {@code left}
   */
  public Tensor sum(Tensor left, Tensor right) {
    require("sum", isF32(left, right) && repeats(right, left), left, right);
    return add(Ggml.ggml_add(graph(1), left.struct(), right.struct()));
  }

  /**
   * Product, value by value.
   *
   * @param right repeated along dimensions where it has size 1
   * @return type and shape of {@code left}
   */
  public Tensor multiply(Tensor left, Tensor right) {
    require("multiply", isF32(left, right) && repeats(right, left), left, right);
    return add(Ggml.ggml_mul(graph(1), left.struct(), right.struct()));
  }

  /** F32, every value times a constant. */
  public Tensor scale(Tensor input, float factor) {
    require("scale", isF32(input) && input.isContiguous(), input);
    return add(Ggml.ggml_scale(graph(1), input.struct(), factor));
  }

  /** F32, each row divided by the root of its mean square plus epsilon. */
  public Tensor rmsNorm(Tensor input, float epsilon) {
    require("rmsNorm", isF32(input) && epsilon >= 0, input);
    return add(Ggml.ggml_rms_norm(graph(1), input.struct(), epsilon));
  }

  /** F32, the exact GELU (by the error function), value by value. */
  public Tensor geluErf(Tensor input) {
    require("geluErf", isF32(input) && input.isContiguous(), input);
    return add(Ggml.ggml_gelu_erf(graph(1), input.struct()));
  }

  /** F32, {@code silu(gate) * up}, value by value; same shapes. */
  public Tensor swiglu(Tensor gate, Tensor up) {
    require(
        "swiglu",
        isF32(gate, up)
            && gate.shape().equals(up.shape())
            && gate.isContiguous()
            && up.isContiguous(),
        gate,
        up);
    return add(Ggml.ggml_swiglu_split(graph(1), gate.struct(), up.struct()));
  }

  /**
   * Rotary position embedding of pairs (i, i + half) of the leading values of each head.
   *
   * @param heads F32 [keyLength, heads, tokens]
   * @param positions I32 [tokens]
   * @param dimensions rotated values per head, even
   * @return F32 [keyLength, heads, tokens]
   */
  public Tensor rope(Tensor heads, Tensor positions, int dimensions, float freqBase) {
    require(
        "rope",
        isF32(heads)
            && positions.type() == TensorType.I32
            && positions.shape().equals(Shape.of(heads.shape().size2()))
            && dimensions % 2 == 0
            && dimensions <= heads.shape().size0(),
        heads,
        positions);
    return add(
        Ggml.ggml_rope_ext(
            graph(1),
            heads.struct(),
            positions.struct(),
            MemorySegment.NULL,
            dimensions,
            ROPE_SPLIT_HALVES,
            0,
            freqBase,
            1,
            0,
            1,
            0,
            0));
  }

  /**
   * Rows by number.
   *
   * @param table any type [width, rows]
   * @param rows I32 [count], each less than the table's rows: ggml does not check
   * @return F32 [width, count] (I32 of an I32 table)
   */
  public Tensor getRows(Tensor table, Tensor rows) {
    require(
        "getRows",
        rows.type() == TensorType.I32
            && rows.shape().dimensionCount() == 1
            && table.shape().dimensionCount() <= 2,
        table,
        rows);
    return add(Ggml.ggml_get_rows(graph(1), table.struct(), rows.struct()));
  }

  /**
   * Overwrites rows of a table that outlives the graph.
   *
   * @param table any type [width, rows]
   * @param source F32 [width, count]
   * @param rows I32 or I64 [count], each less than the table's rows: ggml does not check
   * @return the table
   */
  public Tensor setRows(Tensor table, Tensor source, Tensor rows) {
    require(
        "setRows",
        isF32(source)
            && isIndex(rows)
            && source.shape().size0() == table.shape().size0()
            && rows.shape().equals(Shape.of(source.shape().size1()))
            && source.shape().dimensionCount() <= 2
            && table.shape().dimensionCount() <= 2,
        table,
        source,
        rows);
    return add(Ggml.ggml_set_rows(graph(1), table.struct(), source.struct(), rows.struct()));
  }

  /**
   * {@code table[:, rows[i]] += gates[i] * update[:, i]}, in place, by our own fused operation. CPU
   * only: ask {@link Device#supports}; elsewhere {@link #getRows}, {@link #multiply}, {@link #sum}
   * and {@link #setRows} do the same.
   *
   * @param table F32 [width, tableRows], outlives the graph
   * @param update F32 [width, count]
   * @param rows I32 [count], each less than tableRows: not checked
   * @param gates F32 [count]
   * @return the table
   */
  public Tensor gatedScatterAdd(Tensor table, Tensor update, Tensor rows, Tensor gates) {
    require(
        "gatedScatterAdd",
        isF32(table, update, gates)
            && rows.type() == TensorType.I32
            && table.isContiguous()
            && update.isContiguous()
            && update.shape().size0() == table.shape().size0()
            && rows.shape().equals(Shape.of(update.shape().size1()))
            && gates.shape().equals(rows.shape()),
        table,
        update,
        rows,
        gates);
    try (Arena call = Arena.ofConfined()) {
      MemorySegment sources = call.allocate(Ggml.C_POINTER, 3);
      sources.setAtIndex(Ggml.C_POINTER, 0, update.struct());
      sources.setAtIndex(Ggml.C_POINTER, 1, rows.struct());
      sources.setAtIndex(Ggml.C_POINTER, 2, gates.struct());
      return add(
          Ggml.ggml_custom_inplace(
              graph(1),
              table.struct(),
              sources,
              3,
              Mor.mor_gated_scatter_add(),
              Ggml.GGML_N_TASKS_MAX(),
              MemorySegment.NULL));
    }
  }

  /**
   * Scaled attention in one fused operation.
   *
   * @param queries F32 [keyLength, tokens, heads]
   * @param keys any type [keyLength, slots, kvHeads], kvHeads divides heads
   * @param values any type [keyLength, slots, kvHeads]
   * @param mask F16 [slots, tokens], 0 or minus infinity, added to the scores
   * @return F32 [keyLength, heads, tokens]
   */
  public Tensor flashAttention(
      Tensor queries, Tensor keys, Tensor values, Tensor mask, float scale) {
    require(
        "flashAttention",
        isF32(queries)
            && mask.type() == TensorType.F16
            && mask.isContiguous()
            && keys.shape().equals(values.shape())
            && keys.shape().size0() == queries.shape().size0()
            && queries.shape().size2() % keys.shape().size2() == 0
            && mask.shape().equals(Shape.of(keys.shape().size1(), queries.shape().size1())),
        queries,
        keys,
        values,
        mask);
    return add(
        Ggml.ggml_flash_attn_ext(
            graph(1),
            queries.struct(),
            keys.struct(),
            values.struct(),
            mask.struct(),
            scale,
            0,
            0));
  }

  /**
   * Softmax of each row of {@code scale * scores + mask}.
   *
   * @param scores F32 [slots, tokens, heads]
   * @param mask F16 [slots, tokens]
   * @return F32 [slots, tokens, heads]
   */
  public Tensor softMax(Tensor scores, Tensor mask, float scale) {
    require(
        "softMax",
        isF32(scores)
            && scores.isContiguous()
            && mask.type() == TensorType.F16
            && mask.isContiguous()
            && mask.shape().equals(Shape.of(scores.shape().size0(), scores.shape().size1())),
        scores,
        mask);
    return add(Ggml.ggml_soft_max_ext(graph(1), scores.struct(), mask.struct(), scale, 0));
  }

  /** The same values in another shape; the input must be contiguous. */
  public Tensor reshape(Tensor input, Shape shape) {
    require(
        "reshape", input.isContiguous() && input.shape().valueCount() == shape.valueCount(), input);
    return add(
        Ggml.ggml_reshape_4d(
            graph(1), input.struct(), shape.size0(), shape.size1(), shape.size2(), shape.size3()));
  }

  /** A look at dimensions 1 and 2 in exchange: [a, b, c] as [a, c, b]. */
  public Tensor swapRowsAndMatrices(Tensor input) {
    return add(Ggml.ggml_permute(graph(1), input.struct(), 0, 2, 1, 3));
  }

  /** A look at dimensions 0 and 1 in exchange: [a, b, c] as [b, a, c]. */
  public Tensor transpose(Tensor input) {
    require("transpose", !input.type().isQuantized(), input);
    return add(Ggml.ggml_transpose(graph(1), input.struct()));
  }

  /** A contiguous copy. */
  public Tensor contiguous(Tensor input) {
    require("contiguous", !input.type().isQuantized(), input);
    return add(Ggml.ggml_cont(graph(1), input.struct()));
  }

  /** A copy in another type. */
  public Tensor cast(Tensor input, TensorType type) {
    require("cast", input.isContiguous() && !type.isQuantized(), input);
    return add(Ggml.ggml_cast(graph(1), input.struct(), type.id()));
  }

  /**
   * The leading rows of a cache, seen head by head.
   *
   * @param cache any type [keyLength * heads, slots], contiguous
   * @param slots how many leading rows
   * @return a view [keyLength, slots, heads]
   */
  public Tensor viewHeads(Tensor cache, long keyLength, long slots) {
    long heads = cache.shape().size0() / keyLength;
    require(
        "viewHeads",
        heads * keyLength == cache.shape().size0()
            && keyLength % cache.type().blockSize() == 0
            && slots >= 1
            && slots <= cache.shape().size1()
            && cache.shape().dimensionCount() <= 2,
        cache);
    return add(
        Ggml.ggml_view_3d(
            graph(1),
            cache.struct(),
            keyLength,
            slots,
            heads,
            cache.stride(1),
            cache.type().rowBytes(keyLength),
            0));
  }

  private static boolean isF32(Tensor... tensors) {
    for (Tensor tensor : tensors) {
      if (tensor.type() != TensorType.F32) {
        return false;
      }
    }
    return true;
  }

  private static boolean isIndex(Tensor rows) {
    return rows.type() == TensorType.I32 || rows.type() == TensorType.I64;
  }

  private static boolean repeats(Tensor small, Tensor large) {
    Shape from = small.shape();
    Shape to = large.shape();
    return to.size0() % from.size0() == 0
        && to.size1() % from.size1() == 0
        && to.size2() % from.size2() == 0
        && to.size3() % from.size3() == 0;
  }

  private static void require(String operation, boolean holds, Tensor... operands) {
    if (!holds) {
      throw new IllegalArgumentException(
          operation + ": types or shapes do not fit: " + java.util.Arrays.toString(operands));
    }
  }

  private MemorySegment graph(int tensors) {
    context.reserve(tensors);
    return context.handle();
  }

  private Tensor add(MemorySegment raw) {
    return context.adopt(raw);
  }
}
