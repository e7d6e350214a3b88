package dev.mor4j.graph;

import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.AttentionConfig;

/** Scores, softmax and weighted sum of values, for all heads at once. */
enum AttentionKernel {
  /** One fused operation. */
  FLASH {
    @Override
    Tensor attend(TensorOps ops, Tensor queries, Tensor keys, Tensor values, Tensor mask) {
      return ops.flashAttention(queries, keys, values, mask, scale(queries));
    }
  },
  /** Stock operations, for devices without the fused one. Keys and values must not be quantized. */
  COMPOSED {
    @Override
    Tensor attend(TensorOps ops, Tensor queries, Tensor keys, Tensor values, Tensor mask) {
      Tensor scores = ops.matMul(keys, queries); // F32 [slots, tokens, heads]
      Tensor shares = ops.softMax(scores, mask, scale(queries)); // F32 [slots, tokens, heads]
      Tensor bySlot = ops.contiguous(ops.transpose(values)); // [slots, keyLength, kvHeads]
      Tensor summed = ops.matMul(bySlot, shares); // F32 [keyLength, tokens, heads]
      return ops.contiguous(ops.swapRowsAndMatrices(summed)); // F32 [keyLength, heads, tokens]
    }
  };

  /**
   * Adds the operations.
   *
   * @param queries F32 [keyLength, tokens, heads]
   * @param keys [keyLength, slots, kvHeads]
   * @param values [keyLength, slots, kvHeads]
   * @param mask F16 [slots, tokens]
   * @return F32 [keyLength, heads, tokens]
   */
  abstract Tensor attend(TensorOps ops, Tensor queries, Tensor keys, Tensor values, Tensor mask);

  private static float scale(Tensor queries) {
    return (float) (1 / Math.sqrt((double) queries.shape().size0()));
  }

  /** The fused operation where the device runs it on these types and sizes. */
  static AttentionKernel choose(Device device, AttentionConfig attention, KvTypes types) {
    int keyLength = attention.keyLength();
    int slots = 256;
    try (GgmlContext trial = GgmlContext.forState(8)) {
      Shape heads = Shape.of(keyLength, slots, attention.kvHeadCount());
      Tensor fused =
          trial
              .ops()
              .flashAttention(
                  trial.newTensor(
                      TensorType.F32, Shape.of(keyLength, 1, attention.headCount()), "queries"),
                  trial.newTensor(types.keys(), heads, "keys"),
                  trial.newTensor(types.values(), heads, "values"),
                  trial.newTensor(TensorType.F16, Shape.of(slots, 1), "mask"),
                  1);
      return device.supports(fused) ? FLASH : COMPOSED;
    }
  }
}
