package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Mor;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The operations of mor4j's C library {@code mor}. They run on the CPU only: ask {@link
 * Device#supports}. Each checks types and shapes as {@link TensorOps} does.
 */
public final class FusedOps {
  private final TensorOps ops;

  /** Constants of {@code mor.h}, read from the library on first use. */
  private static final class Limits {
    static final int MAX_KEY_LENGTH = NativeAbi.constant("MOR_ATTENTION_WIDTH");
    static final int KEY_LENGTH_MULTIPLE = NativeAbi.constant("MOR_ATTENTION_MULTIPLE");
    static final int MAX_LOGITS = NativeAbi.constant("MOR_DIGEST_MAX_LOGITS");
  }

  FusedOps(TensorOps ops) {
    this.ops = ops;
  }

  /**
   * Adds gated rows in place: {@code table[:, rows[i]] += gates[i] * update[:, i]}. On other
   * devices {@link TensorOps#getRows}, {@link TensorOps#multiply}, {@link TensorOps#sum} and {@link
   * TensorOps#setRows} give the same result.
   *
   * @param table F32 [width, tableRows], outlives the graph
   * @param update F32 [width, count]
   * @param rows I32 [count]; the caller guarantees that each is less than tableRows: C ends the
   *     process otherwise
   * @param gates F32 [count]
   * @return the table
   */
  public Tensor gatedScatterAdd(Tensor table, Tensor update, Tensor rows, Tensor gates) {
    ops.require(
        "gatedScatterAdd",
        Operands.isF32(table, update, gates)
            && rows.type() == TensorType.I32
            && Operands.isContiguousMatrix(table)
            && Operands.isContiguousMatrix(update)
            && rows.isContiguous()
            && gates.isContiguous()
            && update.shape().size0() == table.shape().size0()
            && rows.shape().equals(Shape.of(update.shape().size1()))
            && gates.shape().equals(rows.shape()),
        table,
        update,
        rows,
        gates);
    try (Arena call = Arena.ofConfined()) {
      return ops.add(
          Ggml.ggml_custom_inplace(
              ops.context().handle(),
              table.struct(),
              structs(call, update, rows, gates),
              3,
              Mor.mor_gated_scatter_add(),
              Ggml.GGML_N_TASKS_MAX(),
              MemorySegment.NULL));
    }
  }

  /**
   * Ragged attention: each row attends to its own list of visible slots. Scores are scaled by
   * {@code 1 / sqrt(keyLength)}. Batch-invariant: the bits of a row's result depend only on its
   * query, the order of its visible slots and their keys and values.
   *
   * @param queries F32 [keyLength, heads, rows]; may be a view with gaps between heads or rows
   * @param keys floats or quantized [keyLength * kvHeads, slots], kvHeads divides heads
   * @param values floats or quantized [keyLength * kvHeads, slots]
   * @param visible I32 [entries], slot numbers; invalid numbers are skipped
   * @param ranges I32 [2, rows], for each row the offset of its first entry in {@code visible} and
   *     its number of entries; a range that exceeds {@code visible} counts as empty. Consecutive
   *     rows with the same offset share work
   * @return F32 [keyLength, heads, rows]; zero for a row that sees no slot
   */
  public Tensor raggedAttention(
      Tensor queries, Tensor keys, Tensor values, Tensor visible, Tensor ranges) {
    Shape shape = queries.shape();
    ops.require(
        "raggedAttention",
        Operands.isF32(queries)
            && queries.hasContiguousRows()
            && shape.size3() == 1
            && attendsRagged(shape.size0())
            && isPoolOfHeads(keys, shape)
            && isPoolOfHeads(values, shape)
            && keys.shape().equals(values.shape())
            && visible.type() == TensorType.I32
            && visible.isContiguous()
            && visible.shape().dimensionCount() == 1
            && ranges.type() == TensorType.I32
            && ranges.isContiguous()
            && ranges.shape().equals(Shape.of(2, shape.size2())),
        queries,
        keys,
        values,
        visible,
        ranges);
    return custom(Mor.mor_ragged_attention(), shape, queries, keys, values, visible, ranges);
  }

  /** Whether {@link #raggedAttention} supports heads of that many values. */
  public static boolean attendsRagged(long keyLength) {
    return keyLength % Limits.KEY_LENGTH_MULTIPLE == 0 && keyLength <= Limits.MAX_KEY_LENGTH;
  }

  /**
   * Whether each row consists of K/V heads among which query heads of this shape can be divided.
   */
  private static boolean isPoolOfHeads(Tensor pool, Shape queries) {
    long keyLength = queries.size0();
    return TypeSupport.isReadable(pool.type())
        && Operands.isContiguousMatrix(pool)
        && pool.shape().size0() % keyLength == 0
        && keyLength % pool.type().blockSize() == 0
        && queries.size1() % (pool.shape().size0() / keyLength) == 0;
  }

  /**
   * Reduces rows of logits to what a greedy choice and log-probabilities need. The bits of a row
   * depend on its logits only.
   *
   * @param logits F32 [vocabulary, rows]
   * @return F32 [3 * pieces, rows]: for each {@link #digestLogitCount} logits of a row (fewer in
   *     the last piece) the greatest logit, its index in the row (the lowest of equals), and the
   *     sum of e^(logit - greatest). The sum is NaN if a logit is NaN or positive infinity, and 0
   *     if all are negative infinity
   */
  public Tensor digestLogits(Tensor logits) {
    Shape shape = logits.shape();
    ops.require(
        "digestLogits",
        Operands.isF32(logits)
            && Operands.isContiguousMatrix(logits)
            && digestsLogits(shape.size0()),
        logits);
    long pieces = Math.ceilDiv(shape.size0(), digestLogitCount());
    return custom(
        Mor.mor_digest_logits(), Shape.of(digestValueCount() * pieces, shape.size1()), logits);
  }

  private static final class Digests {
    static final int LOGITS = NativeAbi.constant("MOR_DIGEST_LOGITS");
    static final int VALUES = NativeAbi.constant("MOR_DIGEST_VALUES");
  }

  /** Logits per piece of {@link #digestLogits}. */
  public static int digestLogitCount() {
    return Digests.LOGITS;
  }

  /** Values per piece of {@link #digestLogits}. */
  public static int digestValueCount() {
    return Digests.VALUES;
  }

  /** Whether {@link #digestLogits} supports rows of that many logits. */
  public static boolean digestsLogits(long vocabulary) {
    return vocabulary <= Limits.MAX_LOGITS;
  }

  /** A custom operation with a new F32 tensor as its result. */
  private Tensor custom(MemorySegment function, Shape result, Tensor... sources) {
    try (Arena call = Arena.ofConfined()) {
      return ops.add(
          Ggml.ggml_custom_4d(
              ops.context().handle(),
              TensorType.F32.id(),
              result.size0(),
              result.size1(),
              result.size2(),
              result.size3(),
              structs(call, sources),
              sources.length,
              function,
              Ggml.GGML_N_TASKS_MAX(),
              MemorySegment.NULL));
    }
  }

  private static MemorySegment structs(Arena call, Tensor... tensors) {
    MemorySegment structs = call.allocate(Ggml.C_POINTER, tensors.length);
    for (int index = 0; index < tensors.length; index++) {
      structs.setAtIndex(Ggml.C_POINTER, index, tensors[index].struct());
    }
    return structs;
  }
}
