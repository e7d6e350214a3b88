package dev.mor4j.graph;

import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;

/**
 * Adds the update of a routed step to the residual stream: {@code stream[rows] += gates * update}.
 */
enum GatedUpdate {
  /** mor4j's own operation, which writes only the kept rows. */
  FUSED {
    @Override
    Tensor apply(TensorOps ops, Tensor stream, Tensor update, Tensor rows, Tensor gates) {
      return ops.fused().gatedScatterAdd(stream, update, rows, gates);
    }
  },
  /** ggml's operations, with bit-identical results, for devices without the fused operation. */
  COMPOSED {
    @Override
    Tensor apply(TensorOps ops, Tensor stream, Tensor update, Tensor rows, Tensor gates) {
      Tensor kept = ops.getRows(stream, rows); // F32 [embd, kept]
      Tensor gateRow = ops.reshape(gates, Shape.of(1, gates.shape().size0())); // F32 [1, kept]
      Tensor gated = ops.multiply(update, gateRow); // F32 [embd, kept]
      Tensor updated = ops.sum(kept, gated); // F32 [embd, kept]
      return ops.setRows(stream, updated, rows); // F32 [embd, tokens]
    }
  };

  /**
   * Adds the operations.
   *
   * @param stream F32 [embd, tokens], changed in place
   * @param update F32 [embd, kept]
   * @param rows I32 [kept]
   * @param gates F32 [kept]
   * @return the stream
   */
  abstract Tensor apply(TensorOps ops, Tensor stream, Tensor update, Tensor rows, Tensor gates);

  /** The fused operation if the device supports it. */
  static GatedUpdate choose(Device device) {
    try (GgmlContext trial = GgmlContext.forState(8)) {
      Tensor fused =
          trial
              .ops()
              .fused()
              .gatedScatterAdd(
                  trial.newTensor(TensorType.F32, Shape.of(4, 2), "stream"),
                  trial.newTensor(TensorType.F32, Shape.of(4, 2), "update"),
                  trial.newTensor(TensorType.I32, Shape.of(2), "rows"),
                  trial.newTensor(TensorType.F32, Shape.of(2), "gates"));
      return device.supports(fused) ? FUSED : COMPOSED;
    }
  }
}
