package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Adds ggml's operations to a context. Each method checks types and shapes first and throws {@link
 * IllegalArgumentException} with both, because ggml would end the process. Shapes are in ggml's
 * order, fastest first. Results belong to the context that this object was taken from.
 */
public final class TensorOps {
  private final GgmlContext context;

  TensorOps(GgmlContext context) {
    this.context = context;
  }

  /** The operations of mor4j's C library. */
  public FusedOps fused() {
    return new FusedOps(this);
  }

  GgmlContext context() {
    return context;
  }

  /**
   * Matrix product.
   *
   * @param weights floats or quantized [in, out]; a stack is repeated over the input's stacks
   * @param input F32 [in, columns...]
   * @return F32 [out, columns...]
   */
  public Tensor matMul(Tensor weights, Tensor input) {
    require(
        "matMul",
        TypeSupport.isReadable(weights.type())
            && Operands.isF32(input)
            && weights.hasContiguousRows()
            && input.hasContiguousRows()
            && weights.shape().size0() == input.shape().size0()
            && input.shape().size2() % weights.shape().size2() == 0
            && input.shape().size3() % weights.shape().size3() == 0,
        weights,
        input);
    return add(Ggml.ggml_mul_mat(context.handle(), weights.struct(), input.struct()));
  }

  /**
   * Sum.
   *
   * @param left F32
   * @param right F32, repeated along dimensions where its size divides the left one
   * @return F32, shape of {@code left}
   */
  public Tensor sum(Tensor left, Tensor right) {
    require(
        "sum",
        Operands.isF32(left, right) && left.hasContiguousRows() && Operands.repeats(right, left),
        left,
        right);
    return add(Ggml.ggml_add(context.handle(), left.struct(), right.struct()));
  }

  /**
   * Elementwise product.
   *
   * @param left F32
   * @param right F32, repeated along dimensions where its size divides the left one
   * @return F32, shape of {@code left}
   */
  public Tensor multiply(Tensor left, Tensor right) {
    require(
        "multiply",
        Operands.isF32(left, right) && left.hasContiguousRows() && Operands.repeats(right, left),
        left,
        right);
    return add(Ggml.ggml_mul(context.handle(), left.struct(), right.struct()));
  }

  /** Multiplies F32 values by a constant. */
  public Tensor scale(Tensor input, float factor) {
    require("scale", Operands.isF32(input) && input.isContiguous(), input);
    return add(Ggml.ggml_scale(context.handle(), input.struct(), factor));
  }

  /** RMS norm of F32: divides each row by the root of its mean square plus epsilon. */
  public Tensor rmsNorm(Tensor input, float epsilon) {
    require("rmsNorm", Operands.isF32(input) && input.hasContiguousRows() && epsilon >= 0, input);
    return add(Ggml.ggml_rms_norm(context.handle(), input.struct(), epsilon));
  }

  /** Exact GELU (by the error function) of F32, elementwise. */
  public Tensor geluErf(Tensor input) {
    require("geluErf", Operands.isF32(input) && input.isContiguous(), input);
    return add(Ggml.ggml_gelu_erf(context.handle(), input.struct()));
  }

  /** Elementwise {@code silu(gate) * up} of F32 tensors with equal shapes. */
  public Tensor swiglu(Tensor gate, Tensor up) {
    require(
        "swiglu",
        Operands.isF32(gate, up)
            && gate.shape().equals(up.shape())
            && gate.isContiguous()
            && up.isContiguous(),
        gate,
        up);
    return add(Ggml.ggml_swiglu_split(context.handle(), gate.struct(), up.struct()));
  }

  /**
   * Rotary position embedding.
   *
   * @param heads F32 [keyLength, heads, tokens]
   * @param positions I32 [tokens]
   * @return F32 [keyLength, heads, tokens]
   */
  public Tensor rope(Tensor heads, Tensor positions, Rotation rotation) {
    requireRotatable(heads, positions, rotation);
    return rope(heads, positions, MemorySegment.NULL, rotation);
  }

  /**
   * Rotary position embedding with scaled frequencies: the angle of pair i is divided by factor i.
   *
   * @param heads F32 [keyLength, heads, tokens]
   * @param positions I32 [tokens]
   * @param factors F32 [dimensions / 2]
   * @return F32 [keyLength, heads, tokens]
   */
  public Tensor rope(Tensor heads, Tensor positions, Tensor factors, Rotation rotation) {
    requireRotatable(heads, positions, rotation);
    require(
        "rope",
        Operands.isF32(factors)
            && factors.isContiguous()
            && factors.shape().equals(Shape.of(rotation.dimensions() / 2)),
        heads,
        factors);
    return rope(heads, positions, factors.struct(), rotation);
  }

  private void requireRotatable(Tensor heads, Tensor positions, Rotation rotation) {
    int dimensions = rotation.dimensions();
    require(
        "rope",
        Operands.isF32(heads)
            && heads.hasContiguousRows()
            && positions.type() == TensorType.I32
            && positions.isContiguous()
            && positions.shape().equals(Shape.of(heads.shape().size2()))
            && dimensions >= 2
            && dimensions % 2 == 0
            && rotation.freqBase() > 0
            && dimensions <= heads.shape().size0(),
        heads,
        positions);
  }

  private Tensor rope(Tensor heads, Tensor positions, MemorySegment factors, Rotation rotation) {
    return add(
        Ggml.ggml_rope_ext(
            context.handle(),
            heads.struct(),
            positions.struct(),
            factors,
            rotation.dimensions(),
            rotation.pairing().mode(),
            0,
            rotation.freqBase(),
            1,
            0,
            1,
            0,
            0));
  }

  /**
   * Gathers rows.
   *
   * @param table floats, quantized or I32 [width, rows]
   * @param rows I32 [count]; the caller guarantees that the table has each row: ggml ends the
   *     process otherwise
   * @return F32 [width, count] (I32 of an I32 table)
   */
  public Tensor getRows(Tensor table, Tensor rows) {
    require(
        "getRows",
        rows.type() == TensorType.I32
            && (TypeSupport.isReadable(table.type()) || table.type() == TensorType.I32)
            && table.hasContiguousRows()
            && rows.shape().dimensionCount() == 1
            && table.shape().dimensionCount() <= 2,
        table,
        rows);
    return add(Ggml.ggml_get_rows(context.handle(), table.struct(), rows.struct()));
  }

  /**
   * Overwrites rows of a table that outlives the graph.
   *
   * @param table floats, or quantized except for IQ1 to IQ3 [width, rows]
   * @param source F32 [width, count]
   * @param rows I32 or I64 [count]; the caller guarantees that the table has each row: ggml ends
   *     the process otherwise
   * @return the table
   */
  public Tensor setRows(Tensor table, Tensor source, Tensor rows) {
    require(
        "setRows",
        TypeSupport.isWritableByGraphs(table.type())
            && Operands.isF32(source)
            && Operands.isIndex(rows)
            && table.hasContiguousRows()
            && source.hasContiguousRows()
            && source.shape().size0() == table.shape().size0()
            && rows.shape().equals(Shape.of(source.shape().size1()))
            && source.shape().dimensionCount() <= 2
            && table.shape().dimensionCount() <= 2,
        table,
        source,
        rows);
    return add(
        Ggml.ggml_set_rows(context.handle(), table.struct(), source.struct(), rows.struct()));
  }

  /**
   * Scaled dot-product attention in one fused operation.
   *
   * @param queries F32 [keyLength, tokens, heads]
   * @param keys floats or quantized [keyLength, slots, kvHeads], kvHeads divides heads
   * @param values floats or quantized [keyLength, slots, kvHeads]
   * @param mask F16 [slots, tokens], 0 or minus infinity, added to the scores
   * @return F32 [keyLength, heads, tokens]; zero for a token whose mask hides all slots
   */
  public Tensor flashAttention(
      Tensor queries, Tensor keys, Tensor values, Tensor mask, float scale) {
    require(
        "flashAttention",
        Operands.isF32(queries)
            && TypeSupport.isReadable(keys.type())
            && TypeSupport.isReadable(values.type())
            && queries.hasContiguousRows()
            && keys.hasContiguousRows()
            && values.hasContiguousRows()
            && queries.shape().size3() == 1
            && keys.shape().size3() == 1
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
            context.handle(),
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
   * @param mask F16 [slots, tokens]; a row of minus infinities gives NaN
   * @return F32 [slots, tokens, heads]
   */
  public Tensor softMax(Tensor scores, Tensor mask, float scale) {
    require(
        "softMax",
        Operands.isF32(scores)
            && scores.isContiguous()
            && mask.type() == TensorType.F16
            && mask.isContiguous()
            && mask.shape().equals(Shape.of(scores.shape().size0(), scores.shape().size1())),
        scores,
        mask);
    return add(Ggml.ggml_soft_max_ext(context.handle(), scores.struct(), mask.struct(), scale, 0));
  }

  /** The same values in another shape; the input must be contiguous. */
  public Tensor reshape(Tensor input, Shape shape) {
    require(
        "reshape to " + shape,
        input.isContiguous()
            && Operands.hasValues(shape, input.shape().valueCount())
            && shape.size0() % input.type().blockSize() == 0,
        input);
    return add(
        Ggml.ggml_reshape_4d(
            context.handle(),
            input.struct(),
            shape.size0(),
            shape.size1(),
            shape.size2(),
            shape.size3()));
  }

  /** A view with dimensions 1 and 2 swapped: [a, b, c] as [a, c, b]. */
  public Tensor swapRowsAndMatrices(Tensor input) {
    require("swapRowsAndMatrices", true, input);
    return add(Ggml.ggml_permute(context.handle(), input.struct(), 0, 2, 1, 3));
  }

  /** A view with dimensions 0 and 1 swapped: [a, b, c] as [b, a, c]. */
  public Tensor transpose(Tensor input) {
    require("transpose", !input.type().isQuantized(), input);
    return add(Ggml.ggml_transpose(context.handle(), input.struct()));
  }

  /** A contiguous copy. */
  public Tensor contiguous(Tensor input) {
    require("contiguous", !input.type().isQuantized(), input);
    return add(Ggml.ggml_cont(context.handle(), input.struct()));
  }

  /**
   * A copy in another type: floats to floats, quantized to F32, I32 to F32 and back.
   *
   * @param input contiguous
   */
  public Tensor cast(Tensor input, TensorType type) {
    require("cast to " + type, input.isContiguous() && Operands.canCast(input.type(), type), input);
    return add(Ggml.ggml_cast(context.handle(), input.struct(), type.id()));
  }

  /**
   * The leading rows of a K/V cache, by head.
   *
   * @param cache any type [keyLength * heads, slots], contiguous
   * @param keyLength values per head
   * @param slots number of rows
   * @return a view [keyLength, slots, heads]
   */
  public Tensor viewHeads(Tensor cache, long keyLength, long slots) {
    require(
        "viewHeads of %s values in %s slots".formatted(keyLength, slots),
        keyLength >= 1
            && cache.shape().size0() % keyLength == 0
            && keyLength % cache.type().blockSize() == 0
            && slots >= 1
            && slots <= cache.shape().size1()
            && Operands.isContiguousMatrix(cache),
        cache);
    long heads = cache.shape().size0() / keyLength;
    return add(
        Ggml.ggml_view_3d(
            context.handle(),
            cache.struct(),
            keyLength,
            slots,
            heads,
            cache.stride(1),
            cache.type().rowBytes(keyLength),
            0));
  }

  /**
   * The leading rows of a matrix.
   *
   * @param input any type [width, rows], contiguous
   * @param count number of rows
   * @return a view [width, count]
   */
  public Tensor viewRows(Tensor input, long count) {
    require(
        "viewRows of %s rows".formatted(count),
        count >= 1 && count <= input.shape().size1() && Operands.isContiguousMatrix(input),
        input);
    return add(
        Ggml.ggml_view_2d(
            context.handle(), input.struct(), input.shape().size0(), count, input.stride(1), 0));
  }

  /** Rejects operands on which ggml would abort, and reserves space for the result. */
  void require(String operation, boolean holds, Tensor... operands) {
    if (!holds) {
      throw new IllegalArgumentException(
          operation + ": unsupported types or shapes: " + Arrays.toString(operands));
    }
    context.reserve(operands);
  }

  Tensor add(MemorySegment raw) {
    return context.adopt(raw);
  }
}
