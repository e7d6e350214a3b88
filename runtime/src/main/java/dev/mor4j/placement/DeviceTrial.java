package dev.mor4j.placement;

import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.AttentionConfig;
import java.util.List;

/** Asks a device whether it supports operations on tensors in its own memory. */
final class DeviceTrial {
  private static final int SLOTS = 256;

  private DeviceTrial() {}

  /**
   * Whether the device reads and writes rows of the residual stream. Other operations that it does
   * not support run on the CPU, but only the device itself can write to its memory.
   */
  static boolean keepsStream(Device device) {
    try (GgmlContext trial = GgmlContext.forState(16)) {
      TensorOps ops = trial.ops();
      Tensor stream = trial.newTensor(TensorType.F32, Shape.of(64, 4), "stream");
      Tensor update = trial.newTensor(TensorType.F32, Shape.of(64, 2), "update");
      Tensor rows = trial.newTensor(TensorType.I32, Shape.of(2), "rows");
      return List.of(ops.getRows(stream, rows), ops.setRows(stream, update, rows)).stream()
          .allMatch(device::supports);
    }
  }

  /** Whether the device has a fused attention operation for keys and values of these types. */
  static boolean attendsFused(Device device, AttentionConfig attention, KvTypes types) {
    int keyLength = attention.keyLength();
    try (GgmlContext trial = GgmlContext.forState(16)) {
      TensorOps ops = trial.ops();
      Shape pool = Shape.of(keyLength, SLOTS, attention.kvHeadCount());
      Tensor queries =
          trial.newTensor(TensorType.F32, Shape.of(keyLength, 1, attention.headCount()), "queries");
      return device.supports(
          ops.flashAttention(
              queries,
              trial.newTensor(types.keys(), pool, "keys"),
              trial.newTensor(types.values(), pool, "values"),
              trial.newTensor(TensorType.F16, Shape.of(SLOTS, 1), "mask"),
              1));
    }
  }
}
