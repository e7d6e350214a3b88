package dev.mor4j.graph;

import dev.mor4j.ggml.BackendBuffer;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingKind;
import org.jspecify.annotations.Nullable;

/**
 * The hidden states of a batch between stages, in device memory: one row per token, of any depth.
 * Confined to the engine's thread.
 */
final class ResidualStream implements AutoCloseable {
  private final GgmlContext context;
  private final BackendBuffer memory;
  private final Tensor hidden;
  private final @Nullable Tensor carried;

  ResidualStream(MorConfig config, int rowCapacity, Device device) {
    context = GgmlContext.forState(2);
    Shape shape = Shape.of(config.embeddingLength(), rowCapacity);
    hidden = context.newTensor(TensorType.F32, shape, "stream");
    carried =
        config.routing().kind() == RoutingKind.TOKEN_CHOICE
            ? context.newTensor(TensorType.F32, shape, "carried")
            : null;
    try {
      memory = BackendBuffer.allocate(context, device.bufferType());
    } catch (RuntimeException failure) {
      context.close();
      throw failure;
    }
  }

  /** F32 [embd, rowCapacity]: the residual stream, which the coda reads at the end. */
  Tensor hidden() {
    return hidden;
  }

  /**
   * F32 [embd, rowCapacity]: under token choice, the input of each row's next step. It enters the
   * residual stream after the row's last step only.
   */
  Tensor carried() {
    if (carried == null) {
      throw new IllegalStateException("only token choice carries hidden states from step to step");
    }
    return carried;
  }

  @Override
  public void close() {
    memory.close();
    context.close();
  }
}
