package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Mor;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The operations of our C library {@code mor}, for graphs on the CPU: ask {@link Device#supports}
 * for others. Checked as those of {@link TensorOps} are.
 */
public final class FusedOps {
  /** Most values per head that {@link #raggedAttention} has room for. */
  private static final int RAGGED_KEY_LENGTH = 512;

  /** {@code MOR_DIGEST_LOGITS}. */
  private static final int DIGEST_LOGITS = 1024;

  /** {@code MOR_DIGEST_MOST_LOGITS}. */
  private static final int MOST_DIGEST_LOGITS = 1 << 24;

  private static final int DIGEST_VALUES = 3;

  private final TensorOps ops;

  FusedOps(TensorOps ops) {
    this.ops = ops;
  }

  /**
   * {@code table[:, rows[i]] += gates[i] * update[:, i]}, in place, by our own fused operation. CPU
   * only: ask {@link Device#supports}; elsewhere {@link TensorOps#getRows}, {@link
   * TensorOps#multiply}, {@link TensorOps#sum} and {@link TensorOps#setRows} do the same.
   *
   * @param table F32 [width, tableRows], outlives the graph
   * @param update F32 [width, count]
   * @param rows I32 [count]; the caller checks that each is less than tableRows: C ends the process
   *     if not
   * @param gates F32 [count]
   * @return the table
   */
  public Tensor gatedScatterAdd(Tensor table, Tensor update, Tensor rows, Tensor gates) {
    ops.require(
        "gatedScatterAdd",
        TensorOps.isF32(table, update, gates)
            && rows.type() == TensorType.I32
            && TensorOps.isContiguousMatrix(table)
            && TensorOps.isContiguousMatrix(update)
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
   * Attention of rows that each see a list of slots of their own, scaled by {@code 1 /
   * sqrt(keyLength)}, by our own fused operation. A row's bits depend only on its query, the order
   * of its own list and the keys and values there: not on other rows, its offset or the number of
   * threads. CPU only: ask {@link Device#supports}.
   *
   * @param queries F32 [keyLength, heads, rows], views with gaps between heads or rows too
   * @param keys floats or quantized [keyLength * kvHeads, slots], kvHeads divides heads
   * @param values floats or quantized [keyLength * kvHeads, slots]
   * @param lists I32 [entries], numbers of slots; those that no slot bears are not seen
   * @param spans I32 [2, rows], of each row the offset of its list in {@code lists} and its length;
   *     nothing is seen of one that leaves {@code lists}. Rows in sequence with one offset share
   *     work
   * @return F32 [keyLength, heads, rows]; zero for a row that sees no slot
   */
  public Tensor raggedAttention(
      Tensor queries, Tensor keys, Tensor values, Tensor lists, Tensor spans) {
    Shape shape = queries.shape();
    ops.require(
        "raggedAttention",
        TensorOps.isF32(queries)
            && queries.hasContiguousRows()
            && shape.size3() == 1
            && attendsRagged(shape.size0())
            && isPoolOfHeads(keys, shape)
            && isPoolOfHeads(values, shape)
            && keys.shape().equals(values.shape())
            && lists.type() == TensorType.I32
            && lists.isContiguous()
            && lists.shape().dimensionCount() == 1
            && spans.type() == TensorType.I32
            && spans.isContiguous()
            && spans.shape().equals(Shape.of(2, shape.size2())),
        queries,
        keys,
        values,
        lists,
        spans);
    return custom(Mor.mor_ragged_attention(), shape, queries, keys, values, lists, spans);
  }

  /** Whether {@link #raggedAttention} takes heads of that many values. */
  public static boolean attendsRagged(long keyLength) {
    return keyLength % 8 == 0 && keyLength <= RAGGED_KEY_LENGTH;
  }

  /** Whether each row holds whole heads that queries of this shape can be shared among. */
  private static boolean isPoolOfHeads(Tensor pool, Shape queries) {
    long keyLength = queries.size0();
    return TypeSupport.isReadable(pool.type())
        && TensorOps.isContiguousMatrix(pool)
        && pool.shape().size0() % keyLength == 0
        && keyLength % pool.type().blockSize() == 0
        && queries.size1() % (pool.shape().size0() / keyLength) == 0;
  }

  /**
   * What is to be known of rows of logits for a greedy pick and for log-probabilities. The bits of
   * a row depend on its logits only.
   *
   * @param logits F32 [vocabulary, rows]
   * @return F32 [3 * pieces, rows]: of each 1,024 logits, the last of fewer, the greatest, its
   *     number in the row (the lowest of equals), and the sum of e^(logit - greatest). That sum is
   *     NaN if a logit is NaN or positive infinity, and 0 if all are negative infinity
   */
  public Tensor digestLogits(Tensor logits) {
    Shape shape = logits.shape();
    ops.require(
        "digestLogits",
        TensorOps.isF32(logits)
            && TensorOps.isContiguousMatrix(logits)
            && digestsLogits(shape.size0()),
        logits);
    long pieces = Math.ceilDiv(shape.size0(), DIGEST_LOGITS);
    return custom(Mor.mor_digest_logits(), Shape.of(DIGEST_VALUES * pieces, shape.size1()), logits);
  }

  /** Whether {@link #digestLogits} takes rows of that many logits. */
  public static boolean digestsLogits(long vocabulary) {
    return vocabulary <= MOST_DIGEST_LOGITS;
  }

  /** An operation with a result of its own, F32. */
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
